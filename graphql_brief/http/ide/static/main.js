// The page: what is asked on the left, what comes of it on the right.

import { ask } from "./ask.js";
import { suggest } from "./complete.js";
import { byId, h, prose } from "./dom.js";
import { Editor } from "./editor.js";
import { Explorer } from "./explorer.js";
import { errorList, pretty } from "./json.js";
import { operationAt, operations } from "./lexer.js";
import { placeOf, subscribe } from "./live.js";
import { introspect } from "./schema.js";

const SHOWN_EVENTS = 100;
const USERS = {
  client: "Web client",
  subscriber: "Subscriber",
  auditor: "Auditor",
  editor: "Editor",
};
const FIRST = "client/page";

const state = { schema: null, stop: null, givenUp: null, place: null, examples: [] };

const explorer = new Explorer();
const documentEditor = new Editor(byId("document"), {
  label: "GraphQL document",
  complete: (text, offset) => state.schema && suggest(state.schema, text, offset),
  changed: keep,
});
const variablesEditor = new Editor(byId("variables"), { label: "Variables, as JSON", changed: keep });
const token = byId("token");
const run = byId("run");
const status = byId("status");
const answer = byId("answer");

// ---- what is kept: the document for the next visit, the token for this tab

function keep() {
  localStorage.setItem("document", documentEditor.text);
  localStorage.setItem("variables", variablesEditor.text);
}

function restore() {
  token.value = sessionStorage.getItem("token") ?? "";
  const kept = localStorage.getItem("document");
  if (kept?.trim()) put(kept, localStorage.getItem("variables") ?? "");
  else use(state.examples.find(({ name }) => name === FIRST));
}

function put(text, variables) {
  variablesEditor.replace(variables);
  documentEditor.replace(text);
}

// ---- running

function request() {
  const text = documentEditor.text;
  const operation = operationAt(text, documentEditor.area.selectionStart);
  if (!operation) return { problem: "There is no operation to run." };
  const written = variablesEditor.text.trim();
  let variables = null;
  if (written) {
    try {
      variables = JSON.parse(written);
    } catch (error) {
      return { problem: `The variables are not JSON: ${error.message}` };
    }
  }
  const named = operations(text).length > 1 ? operation.name : null;
  const asked = { query: text, ...(variables && { variables }), ...(named && { operationName: named }) };
  return { asked, operation };
}

async function start() {
  if (state.stop) return state.stop();
  if (state.givenUp) return state.givenUp.abort();
  const { asked, operation, problem } = request();
  byId("resume").hidden = true;
  byId("headers").hidden = true;
  if (problem) return tell(problem, "bad");
  if (operation.kind === "subscription") return listen(asked, operation);
  const method = operation.kind === "query" ? byId("method").value : "POST";
  state.givenUp = new AbortController();
  tell("Asking …");
  label("Stop");
  const found = await ask(asked, { token: token.value.trim(), method, signal: state.givenUp.signal });
  state.givenUp = null;
  label("Run");
  answered(found);
}

function answered(found) {
  if (found.problem) return tell(found.problem, "bad");
  const { status: code, phrase, milliseconds, bytes, isUnchanged } = found;
  const time = milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds);
  const unchanged = isUnchanged ? " · the answer is the one of before" : "";
  const errors = found.answer?.errors;
  const is = code >= 400 || errors ? "bad" : "good";
  tell(`${code} ${phrase} · ${time} ms · ${size(bytes)}${unchanged}`, is);
  byId("headers").hidden = false;
  byId("headers").querySelector("dl").replaceChildren(
    ...found.headers.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );
  const shown = found.answer === null ? h("pre", {}, found.text) : pretty(found.answer);
  answer.replaceChildren(...withErrors(errors), shown);
  answer.scrollTop = 0;
}

const size = (bytes) => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`);
const withErrors = (errors) =>
  errors ? [errorList(errors, (line, column) => documentEditor.goTo(line, column))] : [];

function tell(words, is = "") {
  status.textContent = words;
  status.className = is;
}

function label(words) {
  run.replaceChildren(`${words} `, h("kbd", {}, "Ctrl ⏎"));
  run.classList.toggle("stopping", words === "Stop");
}

// ---- listening

function listen(asked, operation) {
  const events = h("ol", { class: "events", reversed: true });
  let number = 0;
  state.place = null;
  answer.replaceChildren(h("p", { class: "waiting" }, "What happens from now on comes here, the newest on top."), events);
  tell("Connecting …");
  label("Stop");
  const heard = (payload) => {
    number += 1;
    state.place = placeOf(payload) ?? state.place;
    const time = new Date().toLocaleTimeString();
    const head = h("p", {}, h("b", {}, `${number}`), ` ${time}`, state.place ? h("code", {}, String(state.place)) : null);
    events.prepend(h("li", {}, head, ...withErrors(payload.errors), pretty(payload)));
    if (events.children.length > SHOWN_EVENTS) events.lastElementChild.remove();
    tell(`Listening · ${number === 1 ? "1 event" : `${number} events`}`, "live");
  };
  const ended = (words) => {
    state.stop = null;
    label("Run");
    tell(`${words} ${number === 1 ? "1 event" : `${number} events`}.`, words === "Stopped." ? "" : "bad");
    byId("resume").hidden = !(state.place !== null && operation.variables.includes("after"));
  };
  const opened = () => tell("Listening · no event yet", "live");
  state.stop = subscribe(asked, token.value.trim(), { opened, heard, ended });
}

function resume() {
  const variables = JSON.parse(variablesEditor.text.trim() || "{}");
  variablesEditor.replace(JSON.stringify({ ...variables, after: state.place }, null, 2));
  keep();
  start();
}

// ---- who asks, the schema, the examples

function introduce() {
  sessionStorage.setItem("token", token.value.trim());
  return greet();
}

async function greet() {
  const asking = token.value.trim();
  const found = await ask({ query: "{ viewer { audience actor } }" }, { token: asking });
  const viewer = found.answer?.data?.viewer;
  const error = found.problem ?? found.answer?.errors?.[0]?.message;
  byId("viewer").textContent = viewer
    ? `You ask as ${viewer.actor ?? "the public"} · ${viewer.audience}`
    : error ?? "Who you are cannot be told.";
  byId("viewer").className = viewer ? "" : "bad";
}

async function explore() {
  const { schema, why } = await introspect((asked) => ask(asked, { token: token.value.trim() }));
  state.schema = schema;
  explorer.set(schema, why);
}

function use(example) {
  if (!example) return;
  if (state.stop) state.stop();
  const { variables } = example;
  answer.replaceChildren();
  byId("resume").hidden = true;
  byId("headers").hidden = true;
  tell("Not asked yet.");
  put(example.document, variables ? JSON.stringify(variables, null, 2) : "");
  keep();
  for (const button of byId("examples").querySelectorAll("button")) {
    button.toggleAttribute("aria-current", button.dataset.name === example.name);
  }
}

async function offer() {
  const response = await fetch("ide/examples.json");
  state.examples = await response.json();
  const groups = Object.entries(USERS).map(([user, heading]) =>
    h(
      "div",
      {},
      h("h2", {}, heading),
      h(
        "ul",
        {},
        ...state.examples
          .filter((example) => example.user === user)
          .map((example) =>
            h("li", {}, h("button", { type: "button", "data-name": example.name, onclick: () => use(example) }, ...prose(example.about))),
          ),
      ),
    ),
  );
  byId("examples").replaceChildren(...groups);
}

function show(name) {
  for (const found of ["examples", "schema"]) {
    byId(found).hidden = found !== name;
    byId(`show-${found}`).setAttribute("aria-pressed", String(found === name));
  }
}

run.addEventListener("click", start);
byId("resume").addEventListener("click", resume);
byId("show-examples").addEventListener("click", () => show("examples"));
byId("show-schema").addEventListener("click", () => show("schema"));
token.addEventListener("change", introduce);
byId("access").querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  introduce();
  byId("access").open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    start();
  }
});

await offer();
restore();
await Promise.all([greet(), explore()]);
document.documentElement.dataset.ready = "true";
