/**
 * The list of elements beside the page, most clicked first, named as on the page now.
 *
 * Selectors and texts are untrusted: they are set as text, never as markup.
 *
 * @typedef {import("../core/breakdown.js").Mark} Mark
 * @typedef {import("../core/ranking.js").Row} Row
 * @typedef {{
 *   node: HTMLElement, button: HTMLButtonElement, rank: HTMLElement, text: HTMLElement, path: HTMLElement,
 *   hidden: HTMLElement, rage: HTMLElement, dead: HTMLElement, count: HTMLElement, share: HTMLElement,
 * }} RowView
 * @typedef {{
 *   pointed: (selector: string | null) => void, chosen: (selector: string) => void, closed: () => void,
 * }} ListActions
 *   `pointed` gets the selector of the row with the pointer or focus.
 */

import { formatAmount, formatCount, formatShare } from "../core/format.js";
import { EMPTY, rank } from "../core/ranking.js";
import { element, iconButton, setText } from "./element.js";
import { textOf } from "./element-text.js";

/** Rows; a page's other elements have few events. */
const MAX_ROWS = 100;

/** @type {Record<Mark, string>} */
const TITLES = {
  clicks: "Most clicked",
  rage: "Most rage clicks",
  dead: "Most dead clicks",
  rests: "Longest dwell",
};

/** @type {Record<Mark, string>} */
const NOTHING = {
  clicks: "No element has been clicked yet.",
  rage: "No rage clicks yet.",
  dead: "No dead clicks yet.",
  rests: "No dwell yet.",
};

export class ElementList {
  #anchors;
  #actions;
  #ranking = EMPTY;
  /** @type {Map<string, RowView>} */
  #views = new Map();
  #title = element("h2");
  #present = element("ol");
  #gone = element("ol");
  #goneTitle = element("h3", { id: "pageheat-gone" }, "No longer on this page");
  #notice = element("p", { class: "notice", role: "status" });
  #more = element("p", { class: "foot" });
  #close = iconButton("Close the list of elements", "M4 4l8 8M12 4l-8 8", () => this.close());

  /** @param {import("./anchors.js").Anchors} anchors @param {ListActions} actions */
  constructor(anchors, actions) {
    this.#anchors = anchors;
    this.#actions = actions;
    this.#gone.setAttribute("aria-labelledby", "pageheat-gone");
    this.node = element(
      "section",
      { class: "elements", role: "dialog", "aria-label": "Elements", hidden: true },
      element("header", {}, this.#title, this.#close),
      this.#notice,
      this.#present,
      this.#goneTitle,
      this.#gone,
      this.#more,
    );
    this.node.addEventListener("keydown", (event) => this.#steer(event));
    for (const type of ["pointerover", "pointerout", "focusin", "focusout"]) {
      this.node.addEventListener(type, () => this.#point());
    }
  }

  get isOpen() {
    return !this.node.hidden;
  }

  toggle() {
    if (this.isOpen) return this.close();
    this.node.hidden = false;
    this.#close.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.node.hidden = true;
    this.#actions.pointed(null);
    this.#actions.closed();
  }

  /**
   * Shows the elements' counts, and whether they are on the page now.
   *
   * @param {import("../core/breakdown.js").ElementHeat[]} elements
   * @param {Mark} mark to rank by
   */
  update(elements, mark) {
    if (!this.isOpen) return;
    const held = this.node.querySelector("li :is(:hover, :focus)") !== null;
    this.#ranking = rank(this.#ranking, elements, mark, performance.now(), held);
    const rows = this.#ranking.rows.slice(0, MAX_ROWS);
    const gone = rows.filter(({ selector }) => !this.#anchors.get(selector)?.element);
    const present = rows.filter((row) => !gone.includes(row));
    const known = new Set(rows.map(({ selector }) => selector));
    for (const [selector, { node }] of this.#views) {
      if (known.has(selector)) continue;
      node.remove();
      this.#views.delete(selector);
    }
    this.#fill(this.#present, present, mark);
    this.#fill(this.#gone, gone, mark);
    this.#goneTitle.hidden = gone.length === 0;
    setText(this.#title, TITLES[mark]);
    setText(this.#notice, rows.length === 0 ? NOTHING[mark] : "");
    const left = this.#ranking.rows.length - rows.length;
    setText(this.#more, left > 0 ? `and ${formatCount(left)} more` : "");
    this.#makeOneReachable();
  }

  /** @param {HTMLElement} list @param {Row[]} rows @param {Mark} mark */
  #fill(list, rows, mark) {
    for (const [place, row] of rows.entries()) {
      const view = this.#views.get(row.selector) ?? this.#create(row.selector);
      if (list.children[place] !== view.node)
        list.insertBefore(view.node, list.children[place] ?? null);
      const anchor = this.#anchors.get(row.selector);
      const found = anchor?.element;
      setText(view.rank, found ? String(place + 1) : "");
      setText(view.text, !found ? row.selector : row.selector ? textOf(found) : "The page itself");
      setText(view.path, found ? row.selector : "");
      setText(view.hidden, found && !anchor.visible ? "not visible now" : "");
      setText(view.rage, mark !== "rage" && row.rage > 0 ? `${formatCount(row.rage)} rage` : "");
      setText(view.dead, mark !== "dead" && row.dead > 0 ? `${formatCount(row.dead)} dead` : "");
      setText(
        view.count,
        mark === "rests" ? formatAmount(row.count, mark) : formatCount(row.count),
      );
      setText(view.share, formatShare(row.share));
      view.button.disabled = !found;
    }
  }

  /** @param {string} selector @returns {RowView} */
  #create(selector) {
    const part = (/** @type {string} */ name) => element("span", { class: name });
    const [rank, text, path, hidden, rage, dead, count, share] = [
      "rank",
      "text",
      "path",
      "hidden",
      "rage",
      "dead",
      "count",
      "share",
    ].map(part);
    const button = element(
      "button",
      {
        type: "button",
        class: "row",
        tabindex: -1,
        title: selector,
        onclick: () => this.#actions.chosen(selector),
      },
      rank,
      element(
        "span",
        { class: "what" },
        text,
        path,
        element("span", { class: "tags" }, hidden, rage, dead),
      ),
      count,
      share,
    );
    const view = {
      node: element("li", {}, button),
      button,
      rank,
      text,
      path,
      hidden,
      rage,
      dead,
      count,
      share,
    };
    this.#views.set(selector, view);
    return view;
  }

  get #buttons() {
    return /** @type {HTMLButtonElement[]} */ ([
      ...this.node.querySelectorAll("button.row:enabled"),
    ]);
  }

  /** One row is reachable with Tab, the others with arrow keys. */
  #makeOneReachable() {
    const buttons = this.#buttons;
    const reachable = buttons.find((button) => button.matches(":focus")) ?? buttons[0];
    for (const button of buttons) button.tabIndex = button === reachable ? 0 : -1;
  }

  /** @param {KeyboardEvent} event */
  #steer(event) {
    if (event.key === "Escape") return this.close();
    const buttons = this.#buttons;
    const at = buttons.findIndex((button) => button.matches(":focus"));
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[
      event.key
    ];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    buttons[Math.min(Math.max(next, 0), buttons.length - 1)].focus();
    this.#makeOneReachable();
  }

  #point() {
    const row =
      this.node.querySelector("button.row:hover") ?? this.node.querySelector("button.row:focus");
    const pointed = [...this.#views].find(([, { button }]) => button === row);
    this.#actions.pointed(pointed ? pointed[0] : null);
  }
}
