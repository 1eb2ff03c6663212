// What may be typed at a place of a document, by the schema.
//
// The tokens before the place are walked with a stack of what is open: the document, a selection,
// arguments, an input object, a list, the definitions of variables.

import { meaningful } from "./lexer.js";
import { named, written } from "./schema.js";

const OPERATIONS = ["query", "mutation", "subscription", "fragment"];

// {from, options: [{text, insert, detail, description, isDeprecated}]}
export function suggest(schema, text, offset) {
  const all = meaningful(text);
  const before = all.filter(({ end }) => end <= offset);
  const last = before.at(-1);
  const isTyping = last && last.end === offset && ["name", "variable"].includes(last.kind);
  const typed = isTyping ? before.pop().text : "";
  const inside = all.find(({ kind, start, end }) => kind === "string" && start < offset && offset < end);
  if (inside || isInComment(text, offset)) return { from: offset, options: [] };
  const options = offered(schema, innermost(schema, before), all);
  const start = typed.toLowerCase();
  return {
    from: offset - typed.length,
    options: options.filter((option) => option.text.toLowerCase().startsWith(start)),
  };
}

function isInComment(text, offset) {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[^"]*#/.test(line);
}

function innermost(schema, before) {
  const stack = [{ kind: "document" }];
  for (const token of before) {
    const top = stack.at(-1);
    const made = STEPS[top.kind](schema, top, token);
    if (made === "close" && stack.length > 1) {
      stack.pop();
      if (stack.at(-1).isValue) stack.at(-1).isValue = false;
    } else if (made && made !== "close") stack.push(made);
  }
  return stack.at(-1);
}

// Each takes in a token; gives what it opens, or "close".
const STEPS = {
  document(schema, top, { kind, text }) {
    if (text === "{") return selection(top.type ?? schema.root("query"), (top.type = null));
    if (text === "(") return { kind: "variables" };
    if (top.isOn) top.type = schema.type(text);
    top.isOn = text === "on";
    if (kind === "name" && text in schema.roots) top.type = schema.root(text);
    return null;
  },
  selection(schema, top, { kind, text }) {
    if (text === "}") return "close";
    if (text === "{") return selection(top.condition ?? schema.type(top.field && named(top.field.type)));
    if (text === "(") return { kind: "values", members: top.directive?.args ?? top.field?.args ?? [] };
    if (text === "...") Object.assign(top, { expects: "spread", condition: top.type });
    else if (text === "@") top.expects = "directive";
    else if (kind === "name" && top.expects === "directive") {
      Object.assign(top, { directive: schema.directives.find(({ name }) => name === text), expects: null });
    } else if (kind === "name" && top.expects === "spread") {
      top.expects = text === "on" ? "condition" : null;
    } else if (kind === "name" && top.expects === "condition") {
      Object.assign(top, { condition: schema.type(text), expects: null });
    } else if (kind === "name") {
      Object.assign(top, { field: schema.field(top.type, text), condition: null, directive: null });
    }
    return null;
  },
  values(schema, top, { kind, text }) {
    if (text === ")" || text === "}") return "close";
    if (text === ":") top.isValue = true;
    else if (top.isValue) {
      const type = top.member?.type;
      if (text === "{") return object(schema, type);
      if (text === "[") return { kind: "list", type };
      if (kind !== "mark") top.isValue = false;
    } else if (kind === "name") top.member = top.members.find(({ name }) => name === text);
    return null;
  },
  list(schema, top, { text }) {
    if (text === "]") return "close";
    return text === "{" ? object(schema, top.type) : text === "[" ? { ...top } : null;
  },
  variables(schema, top, { text }) {
    if (text === ")") return "close";
    if (text === "{") return object(schema, null);
    if (text === "[" && top.hasDefault) return { kind: "list", type: null };
    if (text === ":" || text === "=") top.hasDefault = text === "=";
    return null;
  },
};

const selection = (type) => ({ kind: "selection", type });
const object = (schema, type) => ({
  kind: "values",
  members: (type && schema.type(named(type))?.inputFields) ?? [],
});

function offered(schema, top, all) {
  switch (top.kind) {
    case "document":
      return top.isOn ? types(schema, ["OBJECT", "INTERFACE", "UNION"]) : OPERATIONS.map(plain);
    case "variables":
      return types(schema, ["SCALAR", "ENUM", "INPUT_OBJECT"]);
    case "selection":
      return inSelection(schema, top, all);
    case "values":
      return top.isValue ? valuesOf(schema, top.member?.type, all) : top.members.map(argument);
    default:
      return valuesOf(schema, top.type, all);
  }
}

function inSelection(schema, top, all) {
  if (top.expects === "directive") return schema.directives.map(({ name }) => plain(name));
  if (top.expects === "condition") return schema.within(top.type).map(({ name }) => plain(name));
  if (top.expects === "spread") return [plain("on"), ...fragments(all).map(plain)];
  const fields = (top.type?.fields ?? []).map((found) => ({
    ...common(found),
    insert: found.name,
    detail: written(found.type),
  }));
  return [...fields, plain("__typename")];
}

function valuesOf(schema, type, all) {
  const found = type && schema.type(named(type));
  const values = (found?.enumValues ?? []).map((value) => ({ ...common(value), insert: value.name }));
  const truths = found?.name === "Boolean" ? ["true", "false"].map(plain) : [];
  const variables = new Set(all.filter(({ kind }) => kind === "variable").map(({ text }) => text));
  return [...values, ...truths, ...[...variables].filter((text) => text !== "$").map(plain)];
}

const types = (schema, kinds) =>
  [...schema.types.values()].filter(({ kind }) => kinds.includes(kind)).map(({ name }) => plain(name));
const fragments = (all) =>
  all.filter((_, index) => all[index - 1]?.text === "fragment").map(({ text }) => text);
const plain = (text) => ({ text, insert: text, detail: "", description: "", isDeprecated: false });
const common = ({ name, description, isDeprecated }) => ({
  text: name,
  detail: "",
  description: description ?? "",
  isDeprecated: isDeprecated ?? false,
});
const argument = (found) => ({
  ...common(found),
  insert: `${found.name}: `,
  detail: written(found.type),
});
