// A text area with colours under it and, if it is told how, a list of completions.
//
// The text area stays what it is to keyboards and screen readers: Tab leaves it, unless the list is
// open. What is typed for the user goes through the browser's own undo.

import { h } from "./dom.js";
import { tokens } from "./lexer.js";

const INDENT = "  ";
const KEYWORDS = ["query", "mutation", "subscription", "fragment", "on", "true", "false", "null"];
const SHOWN = 100;

export class Editor {
  // `complete(text, offset)` gives {from, options}, or nothing.
  constructor(host, { label, complete = null, changed = () => {} }) {
    this.complete = complete;
    this.options = [];
    this.list = h("ul", { class: "completions", role: "listbox", id: `${host.id}-list`, hidden: true });
    this.about = h("p", { class: "about", hidden: true });
    this.colours = h("code");
    this.under = h("pre", { "aria-hidden": "true" }, this.colours);
    this.area = h("textarea", {
      id: `${host.id}-text`,
      "aria-label": label,
      ...(complete && { "aria-autocomplete": "list", "aria-controls": `${host.id}-list` }),
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      wrap: "off",
      oninput: (event) => {
        this.paint();
        changed();
        if (event.inputType === "insertText" && /^[\w$@]$/.test(event.data ?? "")) this.open(false);
        else if (!this.list.hidden) this.open(false);
      },
      onscroll: () => this.follow(),
      onkeydown: (event) => this.key(event),
      onblur: () => this.close(),
      onclick: () => this.close(),
    });
    host.append(h("div", { class: "under" }, this.under), this.area, this.list, this.about);
  }

  get text() {
    return this.area.value;
  }

  // Puts another text in the place of all; the browser's undo brings the old one back.
  replace(text) {
    this.area.focus();
    this.area.select();
    if (text) this.type(text);
    else document.execCommand("delete");
    this.area.setSelectionRange(0, 0);
    this.area.scrollTop = 0;
    this.paint();
    this.close();
  }

  type(text) {
    document.execCommand("insertText", false, text);
  }

  goTo(line, column) {
    const before = this.text.split("\n").slice(0, line - 1);
    const offset = before.reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
    const word = /^\w+|^./.exec(this.text.slice(offset)) ?? [""];
    this.area.focus();
    this.area.setSelectionRange(offset, offset + word[0].length);
  }

  paint() {
    const parts = [];
    const all = [...tokens(this.text)];
    all.forEach(({ kind, text }, index) => {
      const after = all.slice(index + 1, index + 3).find((token) => token.kind !== "space");
      if (after?.text === ":" && (kind === "name" || kind === "string")) kind = "attribute";
      else if (kind === "name") kind = KEYWORDS.includes(text) ? "keyword" : "";
      if (kind === "mark" && text === "@") kind = "keyword";
      parts.push(kind && kind !== "space" && kind !== "mark" ? h("span", { class: kind }, text) : text);
    });
    this.colours.replaceChildren(...parts, "\n");
    this.follow();
  }

  follow() {
    this.under.style.transform = `translate(${-this.area.scrollLeft}px, ${-this.area.scrollTop}px)`;
    if (!this.list.hidden) this.place();
  }

  key(event) {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (ctrlKey && key === " ") {
      event.preventDefault();
      this.open(true);
    } else if (ctrlKey || metaKey || altKey) this.close();
    else if (!this.list.hidden && this.keyInList(key)) event.preventDefault();
    else if (key === "Enter" && !shiftKey) {
      event.preventDefault();
      this.newLine();
    } else if ("})]".includes(key)) this.outdent();
  }

  keyInList(key) {
    if (key === "ArrowDown" || key === "ArrowUp") {
      const step = key === "ArrowDown" ? 1 : -1;
      this.choose((this.chosen + step + this.options.length) % this.options.length);
    } else if (key === "Enter" || key === "Tab") this.accept();
    else if (key === "Escape") this.close();
    else return false;
    return true;
  }

  newLine() {
    const { selectionStart, selectionEnd } = this.area;
    const line = this.text.slice(this.text.lastIndexOf("\n", selectionStart - 1) + 1, selectionStart);
    const indent = /^ */.exec(line)[0];
    const isOpen = /[{([]\s*$/.test(line);
    const closes = /^[ \t]*[})\]]/.test(this.text.slice(selectionEnd));
    this.type(`\n${indent}${isOpen ? INDENT : ""}`);
    if (isOpen && closes) {
      const caret = this.area.selectionStart;
      this.type(`\n${indent}`);
      this.area.setSelectionRange(caret, caret);
    }
  }

  // Before a closing bracket that is the first of its line.
  outdent() {
    const caret = this.area.selectionStart;
    const start = this.text.lastIndexOf("\n", caret - 1) + 1;
    if (caret !== this.area.selectionEnd || !/^ {2,}$/.test(this.text.slice(start, caret))) return;
    this.area.setSelectionRange(caret - INDENT.length, caret);
    document.execCommand("delete");
  }

  open(isAsked) {
    const { selectionStart, selectionEnd } = this.area;
    const found = selectionStart === selectionEnd && this.complete?.(this.text, selectionStart);
    const isWhole = found?.options?.length === 1 && found.options[0].insert === this.text.slice(found.from, selectionStart);
    if (!found?.options?.length || (isWhole && !isAsked)) return this.close();
    this.from = found.from;
    this.options = found.options.slice(0, SHOWN);
    this.list.replaceChildren(
      ...this.options.map((option, index) =>
        h(
          "li",
          {
            role: "option",
            id: `${this.list.id}-${index}`,
            class: option.isDeprecated ? "deprecated" : null,
            // Before the text area loses the focus.
            onmousedown: (event) => {
              event.preventDefault();
              this.choose(index);
              this.accept();
            },
          },
          h("span", {}, option.text),
          h("small", {}, option.detail),
        ),
      ),
    );
    this.list.hidden = false;
    this.choose(0);
    this.place();
  }

  close() {
    this.list.hidden = true;
    this.about.hidden = true;
    this.area.removeAttribute("aria-activedescendant");
  }

  choose(index) {
    this.list.children[this.chosen]?.removeAttribute("aria-selected");
    this.chosen = index;
    const item = this.list.children[index];
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    this.area.setAttribute("aria-activedescendant", item.id);
    this.about.textContent = this.options[index].description;
    this.about.hidden = !this.about.textContent;
  }

  accept() {
    const { insert } = this.options[this.chosen];
    this.area.setSelectionRange(this.from, this.area.selectionStart);
    this.type(insert);
    this.close();
  }

  // Under the word that is being typed: the font has one width.
  place() {
    const style = getComputedStyle(this.area);
    const line = this.text.slice(0, this.from).split("\n");
    const left = this.letterWidth() * line.at(-1).length - this.area.scrollLeft;
    const top = parseFloat(style.lineHeight) * line.length - this.area.scrollTop;
    const room = this.area.clientWidth - this.list.offsetWidth;
    this.list.style.left = `${Math.max(0, Math.min(left + parseFloat(style.paddingLeft), room))}px`;
    this.list.style.top = `${top + parseFloat(style.paddingTop) + 2}px`;
  }

  letterWidth() {
    const ten = h("span", {}, "0000000000");
    this.colours.append(ten);
    const width = ten.getBoundingClientRect().width / 10;
    ten.remove();
    return width;
  }
}
