// Clients that read event streams against a real server: graphql-sse, and urql's own fetching.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, suite, test } from "node:test";
import { Client, fetchExchange } from "@urql/core";
import { NetworkError } from "graphql-sse";
import { TIMEOUT_MS, Inbox, ask, edit, editor, published, url } from "../newsroom.js";
import { makeClient } from "./client.js";


const HELLO = "query { viewer { audience } }";
const LIVE = "query ($id: ID!) { brief(by: { id: $id }) { version liveCursor } }";
const UPDATES = `subscription Updates($id: ID!, $after: LiveCursor) {
  briefUpdates(by: { id: $id }, after: $after) {
    ... on BriefUpdate { cursor version }
    ... on ResyncRequired { cursor reason }
  }
}`;

const clients = [];

/** A client that ends with the suite, whatever it still listens to. */
function open(options = {}) {
  const client = makeClient({ url, ...options });
  clients.push(client);
  return client;
}

/** What comes of an operation: its results, then "complete", or an error that is no result. */
function heard(client, request) {
  const inbox = new Inbox();
  const end = client.subscribe(request, {
    next: inbox.put,
    error: (error) => inbox.put({ failed: error }),
    complete: () => inbox.put("complete"),
  });
  return { next: () => inbox.next(), end };
}

const codes = ({ errors }) => errors.map(({ extensions }) => extensions.code);
const write = (id, number) => edit(id, { reviseHeadline: { headline: `Live ${number}` } });

suite("event streams", { timeout: TIMEOUT_MS }, () => {
  after(() => clients.forEach((client) => client.dispose()));

  test("a query and a mutation have one result each", async () => {
    const client = open({ token: editor });
    const query = heard(client, { query: HELLO });
    assert.deepEqual(await query.next(), { data: { viewer: { audience: "NEWSROOM" } } });
    assert.equal(await query.next(), "complete");
    const input = { slug: "by-stream", headline: "By stream", standfirst: "In short." };
    const mutation = heard(client, {
      query: `mutation ($input: DraftBriefInput!) {
        draftBrief(input: $input) { brief { headline } userErrors { code } } }`,
      variables: { input },
    });
    const { data } = await mutation.next();
    assert.deepEqual(data.draftBrief, { brief: { headline: "By stream" }, userErrors: [] });
    assert.equal(await mutation.next(), "complete");
  });

  test("what is wrong with an operation is a result, and not tried again", async () => {
    const client = open();
    for (const [code, request] of [
      ["GRAPHQL_PARSE_FAILED", { query: "{" }],
      ["GRAPHQL_VALIDATION_FAILED", { query: "subscription { nonsense }" }],
      ["NOT_FOUND", { query: UPDATES, variables: { id: "none" } }],
      ["BAD_CURSOR", { query: UPDATES, variables: { id: "none", after: "!" } }],
      ["FORBIDDEN", { query: "subscription { logTail { __typename } }" }],
    ]) {
      const operation = heard(client, request);
      assert.deepEqual(codes(await operation.next()), [code]);
      assert.equal(await operation.next(), "complete");
    }
  });

  test("a bad token is told by its status", async () => {
    const client = open({ token: "nonsense", retryAttempts: 0 });
    const { failed } = await heard(client, { query: HELLO }).next();
    assert.ok(failed instanceof NetworkError);
    assert.equal(failed.response.status, 401);
    assert.deepEqual(codes(await failed.response.json()), ["UNAUTHENTICATED"]);
  });

  test("one connection for everything is refused, and says why", async () => {
    const client = open({ singleConnection: true, retryAttempts: 0 });
    const { failed } = await heard(client, { query: HELLO }).next();
    assert.equal(failed.response.status, 405);
    // The client throws away what came with the status.
    const { errors } = await (await fetch(url, { method: "PUT" })).json();
    assert.match(errors[0].message, /no single-connection mode/);
  });

  test("a document is asked by its hash, once it was told", async () => {
    const client = open();
    const id = await published("sse hash", "sse hash");
    const { brief } = await ask(LIVE, { id });
    const text = `${UPDATES} # asked nowhere else`;
    const sha256Hash = createHash("sha256").update(text).digest("hex");
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    const variables = { id, after: brief.liveCursor };
    const unknown = heard(client, { variables, extensions });
    assert.deepEqual(codes(await unknown.next()), ["PERSISTED_QUERY_NOT_FOUND"]);
    assert.equal(await unknown.next(), "complete");
    await write(id, 1);
    for (const query of [text, undefined]) {
      const known = heard(client, { query, variables: { ...variables }, extensions });
      const { data } = await known.next();
      assert.equal(data.briefUpdates.version, brief.version + 1);
      known.end();
    }
  });

  test("edits arrive, each once, also over a dropped connection", async () => {
    let network = Promise.resolve();
    let cut;
    const client = open({
      token: editor,
      retry: () => network,
      fetchFn(address, asked) {
        cut = new AbortController();
        return fetch(address, { ...asked, signal: AbortSignal.any([asked.signal, cut.signal]) });
      },
    });
    const id = await published("sse live", "sse live");
    const { brief } = await ask(LIVE, { id });
    const variables = { id, after: brief.liveCursor };
    const live = heard(client, { query: UPDATES, variables });
    const versions = [];
    const take = async () => versions.push((await live.next()).data.briefUpdates.version);
    for (const number of [1, 2]) {
      await write(id, number);
      await take();
    }
    let restore;
    network = new Promise((resolve) => (restore = resolve));
    cut.abort();
    for (const number of [3, 4]) await write(id, number);
    restore();
    await take();
    await take();
    await write(id, 5);
    await take();
    assert.deepEqual(versions, [1, 2, 3, 4, 5].map((number) => brief.version + number));
    live.end();
  });

  test("a subscription that cannot go on says so, and is complete", async () => {
    const client = open();
    const id = await published("sse resync", "sse resync");
    const after = Buffer.from("another\0" + "1\0" + "1").toString("base64url");
    const live = heard(client, { query: UPDATES, variables: { id, after } });
    assert.equal((await live.next()).data.briefUpdates.reason, "OTHER_LOG");
    assert.equal(await live.next(), "complete");
  });

  test("urql subscribes by itself, and still asks for JSON where it can", async () => {
    const kinds = [];
    const client = new Client({
      url,
      exchanges: [fetchExchange],
      fetchSubscriptions: true,
      preferGetMethod: false,
      async fetch(...asked) {
        const answer = await fetch(...asked);
        kinds.push(answer.headers.get("content-type").split(";")[0]);
        return answer;
      },
    });
    const id = await published("sse urql", "sse urql");
    const { data } = await client.query(LIVE, { id }).toPromise();
    const inbox = new Inbox();
    const live = client
      .subscription(UPDATES, { id, after: data.brief.liveCursor })
      .subscribe(inbox.put);
    for (const number of [1, 2]) {
      await write(id, number);
      const update = await inbox.next();
      assert.equal(update.error, undefined);
      assert.equal(update.data.briefUpdates.version, data.brief.version + number);
    }
    live.unsubscribe();
    assert.deepEqual(kinds, ["application/graphql-response+json", "text/event-stream"]);
  });
});
