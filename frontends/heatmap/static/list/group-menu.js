/**
 * Groups of pages: proposed with the evidence, accepted, undone.
 *
 * @typedef {{ pattern: string, values: number[], pages: number, views: number, examples: string[] }} Proposal
 */

import { readable } from "../core/address.js";
import { formatCount, formatUnit } from "../core/format.js";
import { askAt } from "../time/ask.js";
import { element, setText } from "../view/element.js";
import { MAX_GROUPS } from "./choice.js";
import { groupsAddress } from "./questions.js";

const NONE =
  "No group is proposed: a part of a path needs eight different values, with all its other parts the same.";
const FULL = `There are ${MAX_GROUPS} groups already, and no more in one list: undo one first.`;

export class GroupMenu {
  #history;
  #changed;
  #asking = new AbortController();
  /** The address that was asked. */
  #asked = "";
  /** @type {Proposal[] | null} */
  #proposals = null;
  #failure = "";
  /** @type {string[]} */
  #accepted = [];
  #list = element("ul");
  #note = element("p", { class: "note", role: "status" });
  node = element(
    "section",
    { class: "groups", "aria-label": "Groups of pages", hidden: true },
    this.#note,
    this.#list,
  );

  /** @param {string} history origin @param {(groups: string[]) => void} changed */
  constructor(history, changed) {
    this.#history = history;
    this.#changed = changed;
  }

  /** @param {string[]} accepted @param {import("./choice.js").Range} range */
  update(accepted, range) {
    this.#accepted = accepted;
    if (!this.node.hidden) this.#ask(range);
    this.#show();
  }

  stop() {
    this.#asking.abort();
    this.#asked = "";
  }

  /** @param {import("./choice.js").Range} range */
  async #ask(range) {
    const address = groupsAddress(this.#history, range);
    if (address === this.#asked) return;
    this.stop();
    this.#asking = new AbortController();
    this.#asked = address;
    try {
      const { json, trouble, text } = await askAt(address, this.#asking.signal);
      this.#proposals = json;
      this.#failure = trouble ? text || "The history does not answer." : "";
      this.#show();
    } catch {
      // Another range has taken its place.
    }
  }

  #show() {
    const proposals = this.#proposals ?? [];
    const byPattern = new Map(proposals.map((it) => [it.pattern, it]));
    const patterns = [
      ...this.#accepted,
      ...proposals.map(({ pattern }) => pattern).filter((it) => !this.#accepted.includes(it)),
    ];
    const isFull = this.#accepted.length >= MAX_GROUPS;
    const focused = /** @type {HTMLElement | null} */ (this.#list.querySelector(":focus"));
    const place = focused?.closest("li")?.dataset.pattern;
    this.#list.replaceChildren(
      ...patterns.map((pattern) => this.#item(pattern, byPattern.get(pattern), isFull)),
    );
    for (const item of /** @type {Iterable<HTMLElement>} */ (this.#list.children)) {
      if (item.dataset.pattern === place) item.querySelector("button")?.focus();
    }
    const isEmpty = patterns.length === 0;
    const waits = this.#proposals === null ? "Looking for groups…" : NONE;
    setText(this.#note, this.#failure || (isEmpty ? waits : isFull ? FULL : ""));
  }

  /** @param {string} pattern @param {Proposal | undefined} proposal @param {boolean} isFull */
  #item(pattern, proposal, isFull) {
    const isAccepted = this.#accepted.includes(pattern);
    const [text, title] = isAccepted
      ? ["Undo", `List the pages of ${pattern} one by one`]
      : ["Accept", `List the pages of ${pattern} together`];
    const onclick = () => this.#changed(toggled(this.#accepted, pattern));
    const attributes = { type: "button", title, "aria-label": `${text}: ${pattern}` };
    return element(
      "li",
      { "data-pattern": pattern, class: isAccepted ? "accepted" : "" },
      element("b", {}, readable(pattern)),
      element("span", { class: "evidence" }, proposal ? evidenceOf(proposal) : ""),
      element("button", { ...attributes, disabled: isFull && !isAccepted, onclick }, text),
    );
  }
}

/** Why pages are alike: "412 pages with as many values in one place, 1,234 page views: …" @param {Proposal} proposal */
function evidenceOf({ values, pages, views, examples }) {
  const different = values.map((count) => formatCount(count)).join(" × ");
  const named = examples.map(readable).join(", ");
  return (
    `${formatUnit(pages, "page")}, ${formatUnit(views, "page view")}; ${different} different values: ` +
    `${named}${pages > examples.length ? ", …" : ""}`
  );
}

/** @param {string[]} groups @param {string} pattern */
const toggled = (groups, pattern) =>
  groups.includes(pattern) ? groups.filter((it) => it !== pattern) : [...groups, pattern];
