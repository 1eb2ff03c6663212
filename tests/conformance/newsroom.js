// What the suites of clients do beside the client: write as an editor, and hold the sockets.

import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { resuming } from "./resuming.js";

export const [url, editor] = process.argv.slice(2);

/** Long enough for the slowest machine; reached only by a test that fails. */
export const TIMEOUT_MS = 20_000;

/** The data of a request that an editor sends without any client. */
export async function ask(query, variables = {}) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${editor}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

async function write(mutation, input) {
  const kind = `${mutation[0].toUpperCase()}${mutation.slice(1)}Input!`;
  const query = `mutation ($input: ${kind}) {
    ${mutation}(input: $input) { brief { id version } userErrors { code message } } }`;
  const { brief, userErrors } = (await ask(query, { input }))[mutation];
  if (userErrors.length) throw new Error(JSON.stringify(userErrors));
  return brief;
}

/** A batch of edits to a brief; gives the brief's id and version. */
export function edit(id, ...edits) {
  return write("editBrief", { id, edits, changeNote: "why", significance: "SUBSTANTIVE" });
}

/** A published brief, filed under a subject of the test's own; gives its id. */
export async function published(subject, headline) {
  const slug = headline.toLowerCase().replaceAll(" ", "-");
  const drafted = { slug, headline, standfirst: "In short.", subjects: [subject] };
  const { id } = await write("draftBrief", drafted);
  await edit(id, { addParagraph: { key: "lede", text: "It began." } });
  await write("publishBrief", { id });
  return id;
}

/** A development for a timeline. */
export function development(key, date, category = "Policy") {
  return { addDevelopment: { key, date, headline: `On ${date}`, category, body: "It was so." } };
}

/**
 * A client of graphql-ws that resumes. `drop` cuts its connection as a network does, and gives a
 * function that brings the network back.
 */
export function openSocket() {
  let open;
  let network = Promise.resolve();
  const client = createClient({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    retryWait: () => network,
    on: { opened: (socket) => (open = socket) },
  });
  const drop = () => {
    let restore;
    network = new Promise((resolve) => (restore = resolve));
    open.terminate();
    return restore;
  };
  return { ...resuming(client), drop };
}

/** What comes, in order, to be awaited one by one. */
export class Inbox {
  #come = [];
  #awaited = [];

  put = (value) => {
    const taker = this.#awaited.shift();
    if (taker) taker(value);
    else this.#come.push(value);
  };

  next() {
    if (this.#come.length) return Promise.resolve(this.#come.shift());
    return new Promise((resolve) => this.#awaited.push(resolve));
  }

  /** The next one that is as wanted; those before it are let go. */
  async until(wanted) {
    for (;;) {
      const value = await this.next();
      if (wanted(value)) return value;
    }
  }
}
