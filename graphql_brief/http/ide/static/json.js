// JSON for people: laid out, coloured, and each error with a way to its place in the document.

import { h } from "./dom.js";

const PART = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d[\d.eE+-]*/g;
const LARGE = 400_000;

export function pretty(value) {
  const text = JSON.stringify(value, null, 2);
  const code = h("code");
  // Colours for more than this would hold up the page.
  if (text.length > LARGE) code.append(text);
  else paint(code, text);
  return h("pre", { class: "json" }, code);
}

function paint(code, text) {
  let end = 0;
  for (const found of text.matchAll(PART)) {
    const [all, string, colon, word] = found;
    code.append(text.slice(end, found.index));
    const kind = colon ? "attribute" : string ? "string" : word ? "keyword" : "number";
    code.append(h("span", { class: kind }, colon ? string : all), colon ?? "");
    end = found.index + all.length;
  }
  code.append(text.slice(end));
}

// The errors above the answer, with a button for each place that they name.
export function errorList(errors, goTo) {
  return h(
    "ul",
    { class: "errors" },
    ...errors.map((error) =>
      h(
        "li",
        {},
        h("strong", {}, error.extensions?.code ?? "error"),
        " ",
        error.message,
        ...(error.locations ?? []).map(({ line, column }) =>
          h("button", { type: "button", onclick: () => goTo(line, column) }, `line ${line}`),
        ),
      ),
    ),
  );
}
