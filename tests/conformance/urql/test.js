// urql against a running server: node urql/test.js URL EDITOR_TOKEN

import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { gql } from "@urql/core";
import { development, edit, editor, Inbox, openSocket, published, TIMEOUT_MS, url } from "../newsroom.js";
import { makeClient } from "./client.js";

const BRIEF = gql`
  query Brief($by: BriefBy!) {
    brief(by: $by) { id version headline liveCursor }
  }
`;
const BRIEFS = gql`
  query Briefs($first: Int, $after: String, $filter: BriefFilter) {
    briefs(first: $first, after: $after, filter: $filter) {
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
        edges { cursor node { id key } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  }
`;
const EDIT = gql`
  mutation Edit($input: EditBriefInput!) {
    editBrief(input: $input) {
      brief { id version headline }
      userErrors { __typename code message path ... on VersionConflict { currentVersion } }
    }
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

/** A client with a cache of its own. */
const client = (token = editor) => makeClient({ url, token, socket });

/** What a query gives, without errors. */
async function read(one, query, variables, context) {
  const { data, error } = await one.query(query, variables, context).toPromise();
  assert.equal(error, undefined);
  return data;
}

/** The keys of a page of nodes. */
const ids = ({ edges }) => edges.map(({ node }) => node.key ?? node.id);

suite("urql", { timeout: TIMEOUT_MS }, () => {
  const warned = [];
  const { warn } = console;
  before(() => {
    console.warn = (...told) => warned.push(told.join(" "));
  });
  after(() => {
    console.warn = warn;
    return socket.dispose();
  });

  test("a brief is one object: what one query brings, another shows", async () => {
    const one = client();
    const id = await published("urql cache", "urql cache");
    const inbox = new Inbox();
    const watching = one.query(BRIEF, { by: { slug: "urql-cache" } }).subscribe(inbox.put);
    await inbox.until(({ data }) => data.brief.headline === "urql cache");
    await edit(id, { reviseHeadline: { headline: "urql again" } });
    await read(one, BRIEFS, { filter: { subject: "urql cache" } });
    await inbox.until(({ data }) => data.brief.headline === "urql again");
    watching.unsubscribe();
  });

  test("fragments on interfaces match items, from the cache too", async () => {
    const one = client();
    const query = gql`
      query {
        brief(by: { id: "brief-iraqexit" }) {
          id
          sources { id title citedBy { id ...Named } }
          latestDevelopment { ...Named date { display } citations { source { id title } } }
        }
      }
      fragment Named on Item { id key }
    `;
    const fresh = await read(one, query);
    const held = await read(one, query, {}, { requestPolicy: "cache-only" });
    assert.deepEqual(held, fresh);
    assert.ok(fresh.brief.sources.some(({ citedBy }) => citedBy.some(({ key }) => key)));
  });

  test("a list grows by its pages, whatever moves or comes meanwhile", async () => {
    const one = client();
    const subject = "urql pages";
    const briefs = [];
    for (const number of [1, 2, 3, 4, 5]) {
      briefs.unshift(await published(subject, `urql page ${number}`));
    }
    const asked = { first: 2, filter: { subject } };
    let { briefs: list } = await read(one, BRIEFS, asked);
    await edit(briefs[1], { reviseStandfirst: { standfirst: "Again." } });
    await published(subject, "urql page 6");
    for (const length of [4, 5]) {
      ({ briefs: list } = await read(one, BRIEFS, { ...asked, after: list.pageInfo.endCursor }));
      assert.equal(list.edges.length, length);
    }
    assert.deepEqual(ids(list), briefs);
    assert.equal(list.pageInfo.hasNextPage, false);
  });

  test("a timeline has a list of its own for each category", async () => {
    const one = client();
    const id = await published("urql timeline", "urql timeline");
    await edit(
      id,
      development("one", "2026-01-01"),
      development("two", "2026-01-02", "Attack"),
      development("three", "2026-01-03"),
      development("four", "2026-01-04", "Attack"),
      development("five", "2026-01-05"),
    );
    const page = async (asked) => (await read(one, TIMELINE, { id, ...asked })).brief.timeline;
    let timeline = await page({ first: 2 });
    assert.deepEqual(ids(await page({ first: 1, category: "Attack" })), ["four"]);
    await edit(id, development("six", "2026-01-06"));
    for (const length of [4, 5]) {
      timeline = await page({ first: 2, after: timeline.pageInfo.endCursor });
      assert.equal(timeline.edges.length, length);
    }
    assert.deepEqual(ids(timeline), ["five", "four", "three", "two", "one"]);
  });

  for (const [code, query, variables] of [
    ["GRAPHQL_VALIDATION_FAILED", "{ viewer { nonsense } }"],
    ["BAD_PAGE", BRIEFS, { first: 101 }],
    ["BAD_USER_INPUT", BRIEF, { by: { id: "a", slug: "b" } }],
    ["FORBIDDEN", "{ log { origin } }"],
  ]) {
    test(`${code} is in extensions.code`, async () => {
      const { error } = await client(null).query(query, variables).toPromise();
      assert.deepEqual(error.graphQLErrors.map(({ extensions }) => extensions.code), [code]);
    });
  }

  test("a bad token is told with its status", async () => {
    const { error } = await client("nonsense").query("{ viewer { audience } }").toPromise();
    assert.equal(error.response.status, 401);
    assert.equal(error.graphQLErrors[0]?.extensions.code, "UNAUTHENTICATED");
  });

  test("what an edit answers is what open queries show; refusals are data", async () => {
    const one = client();
    const id = await published("urql edits", "urql edits");
    const inbox = new Inbox();
    const watching = one.query(BRIEF, { by: { id } }).subscribe(inbox.put);
    const { data } = await inbox.next();
    const input = {
      id,
      edits: [{ reviseHeadline: { headline: "urql edited" } }],
      changeNote: "why",
      significance: "MINOR",
      expectedVersion: data.brief.version,
    };
    const edited = await one.mutation(EDIT, { input }).toPromise();
    assert.deepEqual(edited.data.editBrief.userErrors, []);
    await inbox.until(({ data }) => data.brief.headline === "urql edited");
    const late = { ...input, edits: [{ reviseHeadline: { headline: "Late" } }] };
    const conflict = await one.mutation(EDIT, { input: late }).toPromise();
    const [error] = conflict.data.editBrief.userErrors;
    assert.deepEqual([error.__typename, error.code], ["VersionConflict", "VERSION_CONFLICT"]);
    const nobody = await client(null).mutation(EDIT, { input }).toPromise();
    assert.equal(nobody.data.editBrief.userErrors[0].code, "FORBIDDEN");
    watching.unsubscribe();
  });

  test("edits arrive, each once, also over a dropped connection", async () => {
    const one = client();
    const id = await published("urql live", "urql live");
    const shown = new Inbox();
    const watching = one.query(BRIEF, { by: { id } }).subscribe(shown.put);
    const { data } = await shown.next();
    const inbox = new Inbox();
    const live = one
      .subscription(UPDATES, { id, after: data.brief.liveCursor })
      .subscribe(inbox.put);
    const versions = [];
    const take = async () => versions.push((await inbox.next()).data.briefUpdates.version);
    const write = (number) => edit(id, { reviseHeadline: { headline: `Live ${number}` } });
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
    await shown.until(({ data }) => data.brief.headline === "Live 5");
    live.unsubscribe();
    watching.unsubscribe();
  });

  test("the cache had nothing to warn of", () => assert.deepEqual(warned, []));
});
