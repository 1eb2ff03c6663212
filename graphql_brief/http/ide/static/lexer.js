// GraphQL, token by token; whatever is typed has some tokens, also what is no GraphQL.

const TOKEN = new RegExp(
  [
    String.raw`(?<space>[\s,\uFEFF]+)`,
    String.raw`(?<comment>#[^\n\r]*)`,
    String.raw`(?<string>"""(?:\\"""|[^])*?(?:"""|$)|"(?:\\.|[^"\\\n\r])*"?)`,
    String.raw`(?<name>[_A-Za-z]\w*)`,
    String.raw`(?<number>-?\d[\d.eE+-]*)`,
    String.raw`(?<variable>\$\w*)`,
    String.raw`(?<mark>\.\.\.|[!&()[\]{}:=|@])`,
    String.raw`(?<other>[^])`,
  ].join("|"),
  "gu",
);

export function* tokens(text) {
  for (const found of text.matchAll(TOKEN)) {
    const [kind] = Object.entries(found.groups).find(([, value]) => value !== undefined);
    yield { kind, text: found[0], start: found.index, end: found.index + found[0].length };
  }
}

export const meaningful = (text) =>
  [...tokens(text)].filter(({ kind }) => kind !== "space" && kind !== "comment");

const OPERATIONS = ["query", "mutation", "subscription"];

// The operations of a document: kind, name, where each begins and ends, names of its variables.
export function operations(text) {
  const found = [];
  let depth = 0;
  let current = null;
  let isFragment = false;
  for (const token of meaningful(text)) {
    if (depth === 0 && !current && token.text === "fragment") isFragment = true;
    if (depth === 0 && !current && !isFragment) {
      if (OPERATIONS.includes(token.text) || token.text === "{") {
        const kind = token.text === "{" ? "query" : token.text;
        current = { kind, name: null, start: token.start, end: text.length, variables: [] };
        found.push(current);
      }
    } else if (current && depth === 0 && token.kind === "name") {
      current.name ??= token.text;
    }
    if (current && token.kind === "variable") current.variables.push(token.text.slice(1));
    if ("{(".includes(token.text)) depth += 1;
    if (")}".includes(token.text)) depth -= 1;
    if (token.text === "}" && depth === 0) {
      if (current) current.end = token.end;
      current = null;
      isFragment = false;
    }
  }
  return found;
}

// The operation to run: the one in which the caret is, or else the first.
export function operationAt(text, offset) {
  const all = operations(text);
  return all.find(({ start, end }) => start <= offset && offset <= end) ?? all[0] ?? null;
}
