// The schema, to click through and to search.

import { byId, h, prose } from "./dom.js";
import { membersOf, named, written } from "./schema.js";

const FOUND = 60;
const KINDS = {
  OBJECT: "type",
  INTERFACE: "interface",
  UNION: "union",
  ENUM: "enum",
  INPUT_OBJECT: "input",
  SCALAR: "scalar",
};

export class Explorer {
  constructor() {
    this.schema = null;
    this.path = [];
    this.host = byId("explored");
    this.search = byId("search");
    this.search.addEventListener("input", () => this.show());
  }

  // A schema, or the words why there is none.
  set(schema, why) {
    this.schema = schema;
    this.search.disabled = !schema;
    if (schema) return this.show();
    this.host.replaceChildren(
      h("p", { class: "notice" }, "The server does not show its schema: introspection is switched off, or failed."),
      h("p", {}, "So there is nothing to look through here, and names are not completed. Operations run all the same; the schema is in ", h("code", {}, "schema.graphql"), "."),
      h("p", {}, `The server says: ${why}`),
    );
  }

  goTo(name) {
    this.search.value = "";
    this.path.push(name);
    this.show();
    this.host.querySelector("h2")?.focus();
  }

  back() {
    this.path.pop();
    this.show();
    (this.host.querySelector("h2") ?? this.search).focus();
  }

  show() {
    if (!this.schema) return;
    const text = this.search.value.trim();
    const type = this.schema.type(this.path.at(-1));
    const shown = text ? this.results(text) : type ? this.whole(type) : this.start();
    this.host.replaceChildren(...shown);
    this.host.scrollTop = 0;
  }

  start() {
    const roots = Object.values(this.schema.roots).filter(Boolean);
    const others = [...this.schema.types.values()].filter(({ name }) => !roots.includes(name));
    const lists = Object.entries(KINDS).map(([kind, word]) => {
      const found = others.filter((type) => type.kind === kind);
      found.sort((a, b) => a.name.localeCompare(b.name));
      return h(
        "details",
        {},
        h("summary", {}, `${word} `, h("small", {}, String(found.length))),
        h("ul", { class: "names" }, ...found.map(({ name }) => h("li", {}, this.link(name)))),
      );
    });
    return [
      ...roots.map((name) => {
        const type = this.schema.type(name);
        return h("p", { class: "root" }, this.link(name), h("small", {}, ` ${membersOf(type).length} fields`));
      }),
      ...lists,
    ];
  }

  results(text) {
    const found = this.schema.search(text);
    const rows = found.slice(0, FOUND).map(({ type, member, name }) =>
      h(
        "li",
        {},
        this.link(type.name, name),
        h("div", { class: "told" }, ...prose((member ?? type).description ?? "")),
      ),
    );
    const more = found.length > FOUND ? `, the first ${FOUND} are shown` : "";
    return [h("p", { class: "count", role: "status" }, `${found.length} found${more}`), h("ul", { class: "results" }, ...rows)];
  }

  whole(type) {
    const root = Object.values(this.schema.roots).includes(type.name);
    const implementing = [...this.schema.types.values()].filter((other) =>
      other.interfaces?.some(({ name }) => name === type.name),
    );
    const possible = type.kind === "UNION" ? type.possibleTypes : implementing;
    return [
      h("button", { type: "button", class: "back", onclick: () => this.back() }, `← ${this.path.at(-2) ?? "all"}`),
      h("h2", { tabindex: "-1" }, h("small", {}, root ? "" : `${KINDS[type.kind]} `), type.name),
      h("div", { class: "told" }, ...prose(type.description ?? "")),
      type.isOneOf ? h("p", { class: "notice" }, "Give exactly one of these.") : null,
      type.specifiedByURL ? h("p", {}, "Specified by ", h("code", {}, type.specifiedByURL)) : null,
      type.interfaces?.length ? this.namesLine("implements", type.interfaces) : null,
      possible?.length ? this.namesLine(type.kind === "UNION" ? "one of" : "is any of", possible) : null,
      h("dl", { class: "members" }, ...membersOf(type).flatMap((member) => this.member(member))),
    ].filter(Boolean);
  }

  member(member) {
    const head = [h("b", { class: member.isDeprecated ? "deprecated" : null }, member.name)];
    if (member.args?.length) head.push(h("span", { class: "arguments" }, ...member.args.map((found) => this.argument(found))));
    if (member.type) head.push(": ", this.link(named(member.type), written(member.type)));
    if (member.defaultValue != null) head.push(" = ", h("code", {}, member.defaultValue));
    const told = [h("dd", { class: "told" }, ...prose(member.description ?? ""))];
    if (member.isDeprecated) told.push(h("dd", { class: "notice" }, "Deprecated: ", ...prose(member.deprecationReason ?? "")));
    return [h("dt", {}, ...head), ...told];
  }

  argument(found) {
    return h(
      "span",
      { class: "argument", title: found.description },
      h("i", { class: found.isDeprecated ? "deprecated" : null }, found.name),
      ": ",
      this.link(named(found.type), written(found.type)),
      found.defaultValue != null ? h("span", {}, " = ", h("code", {}, found.defaultValue)) : null,
    );
  }

  namesLine(word, all) {
    return h("p", { class: "of" }, `${word} `, ...all.map(({ name }) => this.link(name)));
  }

  link(name, text = name) {
    if (!this.schema.type(name)) return h("span", {}, text);
    return h("button", { type: "button", class: "link", onclick: () => this.goTo(name) }, text);
  }
}
