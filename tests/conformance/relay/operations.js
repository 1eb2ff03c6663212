// What a reader site and a desk ask by Relay. `relay-compiler` reads it; nothing runs it.

import { graphql } from "relay-runtime";

/** The list of briefs, growing at its end: usePaginationFragment. */
export const home = graphql`
  fragment operations_home on Query
  @refetchable(queryName: "operationsHomePageQuery")
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 10 }
    cursor: { type: "String" }
    filter: { type: "BriefFilter" }
  ) {
    briefs(first: $count, after: $cursor, filter: $filter)
      @connection(key: "operations_home_briefs", filters: ["filter"]) {
      totalCount
      edges {
        node {
          id
          ...operations_card
        }
      }
    }
  }
`;

export const card = graphql`
  fragment operations_card on Brief {
    slug
    headline
    standfirst
    updatedAt
    latestDevelopment {
      headline
      date {
        display
      }
    }
  }
`;

/** A timeline, read on in both directions. */
export const timeline = graphql`
  fragment operations_timeline on Brief
  @refetchable(queryName: "operationsTimelinePageQuery")
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
  ) {
    timeline(first: $first, after: $after, last: $last, before: $before)
      @connection(key: "operations_timeline", filters: []) {
      edges {
        node {
          id
          ...operations_item
        }
      }
    }
  }
`;

export const history = graphql`
  fragment operations_history on Brief
  @refetchable(queryName: "operationsHistoryPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }) {
    history(first: $count, after: $cursor) @connection(key: "operations_history") {
      edges {
        node {
          version
          significance
          changeNote
        }
      }
    }
  }
`;

/** A fragment on an interface. */
export const item = graphql`
  fragment operations_item on Item {
    key
    changedAt
    ... on Development {
      headline
      body
    }
    ... on Source {
      title
      url
    }
  }
`;

/** Asked for again by `node(id:)`. */
export const entity = graphql`
  fragment operations_entity on Entity
  @refetchable(queryName: "operationsEntityPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }) {
    name
    initials
    briefs(first: $count, after: $cursor) @connection(key: "operations_entity_briefs") {
      edges {
        node {
          ...operations_card
        }
      }
    }
  }
`;

export const homeQuery = graphql`
  query operationsHomeQuery($filter: BriefFilter) {
    ...operations_home @arguments(filter: $filter)
    viewer {
      audience
    }
  }
`;

export const briefQuery = graphql`
  query operationsBriefQuery($slug: String!) @throwOnFieldError {
    brief(by: { slug: $slug }) {
      id
      version
      liveCursor
      ...operations_card
      ...operations_timeline @arguments(first: 20)
      ...operations_history
      people {
        id
        entity {
          ...operations_entity
        }
      }
      sources {
        citedBy {
          __typename
          ...operations_item
        }
      }
    }
  }
`;

export const searchQuery = graphql`
  query operationsSearchQuery($text: String!, $count: Int = 10, $cursor: String) {
    search(text: $text, first: $count, after: $cursor) @connection(key: "operations_search") {
      edges {
        snippet
        node {
          ...operations_card
        }
      }
    }
  }
`;

export const nodeQuery = graphql`
  query operationsNodesQuery($id: ID!, $ids: [ID!]!) {
    node(id: $id) {
      ...operations_item @alias(as: "item")
    }
    nodes(ids: $ids) {
      id
      ...operations_card @alias(as: "brief")
    }
  }
`;

/** A draft is put on top of the lists that it is told of. */
export const draft = graphql`
  mutation operationsDraftMutation($input: DraftBriefInput!, $connections: [ID!]!) {
    draftBrief(input: $input) {
      brief @prependNode(connections: $connections, edgeTypeName: "BriefEdge") {
        id
        ...operations_card
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const edit = graphql`
  mutation operationsEditMutation($input: EditBriefInput!) @raw_response_type {
    editBrief(input: $input) {
      brief {
        id
        version
        ...operations_card
      }
      userErrors {
        __typename
        code
        message
        path
        ... on VersionConflict {
          currentVersion
          intervening {
            version
            changeNote
          }
        }
      }
    }
  }
`;

export const updates = graphql`
  subscription operationsUpdatesSubscription($by: BriefBy!, $after: LiveCursor) {
    briefUpdates(by: $by, after: $after) {
      ... on BriefUpdate {
        cursor
        changeNote
        brief {
          version
          ...operations_card
        }
      }
      ... on ResyncRequired {
        cursor
        reason
      }
    }
  }
`;
