/**
 * The list of elements beside the page, named as on the page now, and sorted by what the map shows until the
 * analyst sorts it otherwise. A chosen row shows its whole selector.
 *
 * Selectors and texts are untrusted: they are set as text, never as markup.
 *
 * @typedef {import("../core/breakdown.js").Mark} Mark
 * @typedef {import("../core/ranking.js").Row} Row
 * @typedef {{
 *   pointed: (selector: string | null) => void, chosen: (selector: string) => void, closed: (hadFocus: boolean) => void,
 * }} ListActions
 *   `pointed` gets the selector of the row with the pointer or focus.
 */

import { formatCount } from "../core/format.js";
import { EMPTY, rank } from "../core/ranking.js";
import { choice } from "./controls.js";
import { element, iconButton, setText } from "./element.js";
import { ElementRow } from "./element-row.js";
import { enter, hasFocus } from "./focus.js";

/** Rows; a page's other elements have few events. */
const MAX_ROWS = 100;

/** @type {Record<Mark, string>} */
const SORTS = { clicks: "Clicks", rage: "Rage", dead: "Dead", dwell: "Dwell" };

/** @type {Record<Mark, string>} */
const NOTHING = {
  clicks: "No element has been clicked yet.",
  rage: "No rage clicks yet.",
  dead: "No dead clicks yet.",
  dwell: "No dwell yet.",
};

export class ElementList {
  #anchors;
  #actions;
  #ranking = EMPTY;
  /** @type {Map<string, ElementRow>} */
  #rows = new Map();
  /** @type {import("../core/breakdown.js").ElementHeat[]} */
  #elements = [];
  /** @type {Map<string, import("../core/shown.js").Change> | undefined} */
  #changes;
  /** @type {number | undefined} of which the elements' are counted; undefined: events are */
  #views;
  /** @type {Mark} what the map shows */
  #shown = "clicks";
  /** @type {Mark} */
  #mark = "clicks";
  #sort = choice("Sort by", SORTS, "clicks", (mark) => {
    this.#mark = /** @type {Mark} */ (mark);
    this.#show();
  });
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
      { class: "elements", role: "dialog", "aria-label": "Elements", tabindex: -1, hidden: true },
      element("header", {}, element("h2", {}, "Elements"), this.#close),
      element("div", { class: "sort" }, this.#sort.node),
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
    enter(this.node);
  }

  close() {
    if (!this.isOpen) return;
    const hadFocus = hasFocus(this.node);
    this.node.hidden = true;
    this.#actions.pointed(null);
    this.#actions.closed(hadFocus);
  }

  /**
   * Shows the elements' counts, and whether they are on the page now.
   *
   * @param {import("../core/breakdown.js").ElementHeat[]} elements
   * @param {Mark} shown by the map
   * @param {number} [views] count page views, of so many; by default, events
   * @param {Map<string, import("../core/shown.js").Change>} [changes] between two ranges, said instead of counts
   */
  update(elements, shown, views, changes) {
    this.#elements = elements;
    this.#changes = changes;
    this.#views = views;
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#mark = shown;
      this.#sort.choose(shown);
    }
    this.#show();
  }

  #show() {
    if (!this.isOpen) return;
    const held = this.node.querySelector("li :is(:hover, :focus)") !== null;
    const now = performance.now();
    this.#ranking = rank(this.#ranking, this.#elements, this.#mark, now, held, this.#views);
    const rows = this.#ranking.rows.slice(0, MAX_ROWS);
    const gone = rows.filter(({ selector }) => !this.#anchors.get(selector)?.element);
    const present = rows.filter((row) => !gone.includes(row));
    const known = new Set(rows.map(({ selector }) => selector));
    for (const [selector, { node }] of this.#rows) {
      if (known.has(selector)) continue;
      node.remove();
      this.#rows.delete(selector);
    }
    this.#fill(this.#present, present);
    this.#fill(this.#gone, gone);
    this.#goneTitle.hidden = gone.length === 0;
    setText(this.#notice, rows.length === 0 ? NOTHING[this.#mark] : "");
    const left = this.#ranking.rows.length - rows.length;
    setText(this.#more, left > 0 ? `and ${formatCount(left)} more` : "");
    this.#makeOneReachable();
  }

  /** @param {HTMLElement} list @param {Row[]} rows */
  #fill(list, rows) {
    for (let place = 0; place < rows.length; place++) {
      const row = rows[place];
      const view = this.#rows.get(row.selector) ?? this.#create(row.selector);
      if (list.children[place] !== view.node)
        list.insertBefore(view.node, list.children[place] ?? null);
      const anchor = this.#anchors.get(row.selector);
      const shown = { element: anchor?.element ?? null, visible: Boolean(anchor?.visible) };
      view.update(row, this.#mark, place + 1, shown, this.#views !== undefined);
      view.compare(this.#changes?.get(row.selector));
    }
  }

  /** @param {string} selector */
  #create(selector) {
    const row = new ElementRow(selector, () => this.#choose(selector));
    this.#rows.set(selector, row);
    return row;
  }

  /** @param {string} selector */
  #choose(selector) {
    for (const [other, row] of this.#rows) row.expand(other === selector && !row.isExpanded);
    this.#actions.chosen(selector);
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
    // The radio buttons have arrow keys of their own.
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
    const pointed = [...this.#rows].find(([, { button }]) => button === row);
    this.#actions.pointed(pointed ? pointed[0] : null);
  }
}
