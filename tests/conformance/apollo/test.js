// Apollo Client against a running server: node apollo/test.js URL EDITOR_TOKEN

import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { CombinedGraphQLErrors, gql } from "@apollo/client";
import { development, edit, editor, Inbox, openSocket, published, TIMEOUT_MS, url } from "../newsroom.js";
import { makeClient } from "./client.js";

const BRIEF = gql`
  query Brief($by: BriefBy!, $at: AsOf) {
    brief(by: $by, at: $at) { id version headline liveCursor }
  }
`;
const BRIEFS = gql`
  query Briefs($first: Int, $after: String, $filter: BriefFilter) {
    briefs(first: $first, after: $after, filter: $filter) {
      totalCount
      edges { cursor node { id headline } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`;
const TIMELINE = gql`
  query Timeline($id: ID!, $first: Int, $after: String, $category: String) {
    brief(by: { id: $id }) {
      id
      timeline(first: $first, after: $after, category: $category) {
        edges { cursor node { id key category } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  }
`;
const EDIT = gql`
  mutation Edit($input: EditBriefInput!) {
    editBrief(input: $input) {
      brief { id version headline }
      userErrors { code message path ... on VersionConflict { currentVersion expectedVersion } }
    }
  }
`;
const DRAFT = gql`
  mutation Draft($input: DraftBriefInput!) {
    draftBrief(input: $input) { brief { id headline } userErrors { code message path } }
  }
`;
const UPDATES = gql`
  subscription Updates($id: ID!, $after: LiveCursor) {
    briefUpdates(by: { id: $id }, after: $after) {
      ... on BriefUpdate { cursor version brief { id version headline } }
      ... on ResyncRequired { cursor reason }
    }
  }
`;

const socket = openSocket();
const made = [];

/** A client with a cache of its own. */
function client(token = editor) {
  const one = makeClient({ url, token, socket });
  made.push(one);
  return one;
}

/** The objects of a type in a cache. */
function cached(one, typename) {
  return Object.values(one.cache.extract()).filter((held) => held.__typename === typename);
}

/** The keys of a page of nodes. */
const ids = ({ edges }) => edges.map(({ node }) => node.key ?? node.id);

suite("Apollo Client", { timeout: TIMEOUT_MS }, () => {
  after(() => {
    made.forEach((one) => one.stop());
    return socket.dispose();
  });

  suite("the cache", () => {
    test("a brief is one object, whichever query brought it", async () => {
      const one = client();
      const slug = "americas-second-exit-from-iraq";
      for (const by of [{ slug }, { id: "brief-iraqexit" }]) {
        const { data } = await one.query({ query: BRIEF, variables: { by } });
        assert.equal(data.brief.id, "brief-iraqexit");
      }
      await one.query({ query: BRIEFS, variables: { first: 100 } });
      const held = cached(one, "Brief").map(({ id }) => id);
      assert.equal(held.filter((id) => id === "brief-iraqexit").length, 1);
      assert.equal(new Set(held).size, held.length);
    });

    test("items are objects too, and fragments on interfaces match them", async () => {
      const one = client();
      const query = gql`
        query {
          brief(by: { id: "brief-iraqexit" }) {
            id
            sources { id key citedBy { ...Named } }
            latestDevelopment { ...Named citations { source { id title } } }
          }
        }
        fragment Named on Item { key ... on Node { id } }
      `;
      const fresh = await one.query({ query });
      const read = await one.query({ query, fetchPolicy: "cache-only" });
      assert.deepEqual(read.data, fresh.data);
      assert.ok(fresh.data.brief.sources.some(({ citedBy }) => citedBy.some(({ key }) => key)));
      assert.ok(cached(one, "Source").every(({ id }) => id.startsWith("brief-iraqexit.source.")));
    });

    test("a past state asked for without the cache leaves it as it is", async () => {
      const one = client();
      const now = { by: { id: "brief-iraqexit" } };
      const { data } = await one.query({ query: BRIEF, variables: now });
      const past = await one.query({
        query: BRIEF,
        variables: { ...now, at: { version: 1 } },
        fetchPolicy: "no-cache",
      });
      assert.equal(past.data.brief.version, 1);
      assert.equal(past.data.brief.id, data.brief.id);
      const again = await one.query({ query: BRIEF, variables: now, fetchPolicy: "cache-only" });
      assert.deepEqual(again.data, data);
    });
  });

  suite("pages", () => {
    const subject = "Apollo pages";
    let briefs;

    before(async () => {
      briefs = [];
      for (const number of [1, 2, 3, 4, 5]) {
        briefs.unshift(await published(subject, `Apollo page ${number}`));
      }
    });

    test("fetchMore brings each brief once, whatever moves or comes meanwhile", async () => {
      const one = client();
      const filter = { subject };
      const list = one.watchQuery({ query: BRIEFS, variables: { first: 2, filter } });
      const inbox = new Inbox();
      const watching = list.subscribe(inbox.put);
      await inbox.until(({ data }) => data?.briefs.edges.length === 2);
      // Both stand on top of a list that has its last updated brief first.
      await edit(briefs[1], { reviseStandfirst: { standfirst: "Again." } });
      await published(subject, "Apollo page 6");
      for (const length of [4, 5]) {
        const { endCursor } = list.getCurrentResult().data.briefs.pageInfo;
        await list.fetchMore({ variables: { after: endCursor } });
        await inbox.until(({ data }) => data.briefs.edges.length === length);
      }
      const { data } = list.getCurrentResult();
      assert.deepEqual(ids(data.briefs), briefs);
      assert.equal(data.briefs.pageInfo.hasNextPage, false);
      watching.unsubscribe();
    });

    test("a timeline has a list of its own for each category", async () => {
      const one = client();
      const [id] = briefs;
      await edit(
        id,
        development("one", "2026-01-01"),
        development("two", "2026-01-02", "Attack"),
        development("three", "2026-01-03"),
        development("four", "2026-01-04", "Attack"),
        development("five", "2026-01-05"),
      );
      const all = one.watchQuery({ query: TIMELINE, variables: { id, first: 2 } });
      const inbox = new Inbox();
      const watching = all.subscribe(inbox.put);
      await inbox.until(({ data }) => data);
      const attacks = { id, first: 1, category: "Attack" };
      const some = await one.query({ query: TIMELINE, variables: attacks });
      assert.deepEqual(ids(some.data.brief.timeline), ["four"]);
      await edit(id, development("six", "2026-01-06"));
      for (const length of [4, 5]) {
        const { endCursor } = all.getCurrentResult().data.brief.timeline.pageInfo;
        await all.fetchMore({ variables: { after: endCursor } });
        await inbox.until(({ data }) => data.brief.timeline.edges.length === length);
      }
      const { timeline } = all.getCurrentResult().data.brief;
      assert.deepEqual(ids(timeline), ["five", "four", "three", "two", "one"]);
      assert.equal(timeline.pageInfo.hasNextPage, false);
      watching.unsubscribe();
    });
  });

  suite("errors", () => {
    /** The error that a query ends with. */
    async function refused(one, query, variables) {
      return one.query({ query, variables }).then(assert.fail, (error) => error);
    }

    for (const [code, query, variables] of [
      ["GRAPHQL_VALIDATION_FAILED", gql`{ viewer { nonsense } }`],
      ["BAD_PAGE", BRIEFS, { first: 101 }],
      ["BAD_USER_INPUT", BRIEF, { by: { id: "a", slug: "b" } }],
      ["FORBIDDEN", gql`{ log { origin } }`],
    ]) {
      test(`${code} is in extensions.code`, async () => {
        const error = await refused(client(null), query, variables);
        assert.ok(CombinedGraphQLErrors.is(error), String(error));
        assert.deepEqual(error.errors.map(({ extensions }) => extensions.code), [code]);
      });
    }

    test("a status beside 200 has its code there too: a bad token", async () => {
      const error = await refused(client("nonsense"), gql`{ viewer { audience } }`);
      assert.ok(CombinedGraphQLErrors.is(error), String(error));
      assert.equal(error.errors[0].extensions.code, "UNAUTHENTICATED");
    });

    test("what a field may not show is null beside the rest", async () => {
      const query = gql`{ viewer { audience } missing: node(id: "brief-none") { id } }`;
      const { data } = await client(null).query({ query });
      assert.deepEqual([data.viewer.audience, data.missing], ["PUBLIC", null]);
    });

    test("user errors are data", async () => {
      const input = {
        id: "brief-iraqexit",
        edits: [{ removeSource: { key: "none" } }],
        changeNote: "why",
        significance: "MINOR",
      };
      const { data } = await client().mutate({ mutation: EDIT, variables: { input } });
      const [error] = data.editBrief.userErrors;
      assert.deepEqual([error.__typename, error.code], ["Refusal", "UNKNOWN_ITEM"]);
      assert.equal(data.editBrief.brief, null);
      const nobody = await client(null).mutate({ mutation: EDIT, variables: { input } });
      assert.equal(nobody.data.editBrief.userErrors[0].code, "FORBIDDEN");
    });
  });

  suite("mutations", () => {
    test("what an edit answers is what open queries show", async () => {
      const one = client();
      const id = await published("Apollo edits", "Apollo before");
      const inbox = new Inbox();
      const watching = one
        .watchQuery({ query: BRIEF, variables: { by: { slug: "apollo-before" } } })
        .subscribe(inbox.put);
      const { data } = await inbox.until(({ data }) => data);
      const input = {
        id,
        edits: [{ reviseHeadline: { headline: "Apollo after" } }],
        changeNote: "why",
        significance: "MINOR",
        expectedVersion: data.brief.version,
      };
      const edited = await one.mutate({ mutation: EDIT, variables: { input } });
      assert.deepEqual(edited.data.editBrief.userErrors, []);
      const shown = await inbox.until(({ data }) => data.brief.headline === "Apollo after");
      assert.equal(shown.data.brief.version, data.brief.version + 1);
      const late = { ...input, edits: [{ reviseHeadline: { headline: "Late" } }] };
      const conflict = await one.mutate({ mutation: EDIT, variables: { input: late } });
      const [error] = conflict.data.editBrief.userErrors;
      assert.equal(error.__typename, "VersionConflict");
      assert.equal(error.currentVersion, data.brief.version + 1);
      watching.unsubscribe();
    });

    test("a new brief is put on top of a list", async () => {
      const one = client();
      const filter = { subject: "Apollo drafts" };
      await one.query({ query: BRIEFS, variables: { first: 5, filter } });
      const { data } = await one.mutate({
        mutation: DRAFT,
        variables: { input: { slug: "apollo-draft", headline: "Drafted", standfirst: "S." } },
        update(cache, { data: { draftBrief } }) {
          cache.updateQuery({ query: BRIEFS, variables: { filter } }, ({ briefs }) => ({
            briefs: {
              ...briefs,
              edges: [{ __typename: "BriefEdge", cursor: "", node: draftBrief.brief }, ...briefs.edges],
            },
          }));
        },
      });
      const held = one.readQuery({ query: BRIEFS, variables: { filter } });
      assert.deepEqual(ids(held.briefs), [data.draftBrief.brief.id]);
    });
  });

  suite("subscriptions", () => {
    test("an edit is in every query that shows the brief", async () => {
      const one = client();
      const id = await published("Apollo live", "Apollo live");
      const inbox = new Inbox();
      const watching = one
        .watchQuery({ query: BRIEF, variables: { by: { id } } })
        .subscribe(inbox.put);
      const { data } = await inbox.until(({ data }) => data);
      const live = one
        .subscribe({ query: UPDATES, variables: { id, after: data.brief.liveCursor } })
        .subscribe(() => {});
      await edit(id, { reviseHeadline: { headline: "Live" } });
      const shown = await inbox.until(({ data }) => data.brief.headline === "Live");
      assert.equal(shown.data.brief.version, data.brief.version + 1);
      live.unsubscribe();
      watching.unsubscribe();
    });

    test("after a dropped connection nothing is missing and nothing comes twice", async () => {
      const one = client();
      const id = await published("Apollo drop", "Apollo drop");
      const { data } = await one.query({ query: BRIEF, variables: { by: { id } } });
      const inbox = new Inbox();
      const live = one
        .subscribe({ query: UPDATES, variables: { id, after: data.brief.liveCursor } })
        .subscribe(inbox.put);
      const versions = [];
      const take = async () => versions.push((await inbox.next()).data.briefUpdates.version);
      const write = (number) => edit(id, { reviseHeadline: { headline: `Drop ${number}` } });
      for (const number of [1, 2]) {
        await write(number);
        await take();
      }
      const restore = socket.drop();
      for (const number of [3, 4]) await write(number);
      restore();
      await take();
      await take();
      await write(5);
      await take();
      const { version } = data.brief;
      assert.deepEqual(versions, [1, 2, 3, 4, 5].map((number) => version + number));
      live.unsubscribe();
    });
  });
});
