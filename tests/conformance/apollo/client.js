// Apollo Client for this API: what it is told of ids, lists and connections.

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { OperationTypeNode } from "graphql";
import { possibleTypes } from "../schema.js";

export function makeCache() {
  return new InMemoryCache({
    possibleTypes,
    typePolicies: {
      Query: {
        fields: { briefs: relayStylePagination(["filter", "orderBy"]) },
      },
      Brief: {
        fields: {
          timeline: relayStylePagination(["category"]),
          history: relayStylePagination(),
        },
      },
      Entity: { fields: { briefs: relayStylePagination() } },
      // There is one of each, and it has no id.
      Viewer: { keyFields: [] },
      Log: { keyFields: [] },
    },
  });
}

/** `socket` is a client of graphql-ws that resumes; `token` is left out for the public. */
export function makeClient({ url, token, socket }) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  return new ApolloClient({
    cache: makeCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      new HttpLink({ uri: url, headers }),
    ),
  });
}
