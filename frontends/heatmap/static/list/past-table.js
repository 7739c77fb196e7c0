/** The rows of the list over time, and the heads that order them. */

import { element } from "../view/element.js";
import { PastRow } from "./past-row.js";

/**
 * @typedef {import("./past-row.js").Entry} Entry
 * @typedef {import("./choice.js").Sort} Sort
 * @typedef {{ key: string, entry: Entry, role: import("./past-row.js").Role }} Line
 */

/** @type {readonly [Sort | "trend", string][]} */
const HEADS = [
  ["page", "Page"],
  ["trend", "Over time"],
  ["views", "Page views"],
  ["change", "Change"],
  ["clicks", "Clicks"],
];

export class PastTable {
  #heads;
  #folded;
  /** @type {Map<string, PastRow>} */
  #rows = new Map();
  #body = element("tbody", { role: "rowgroup" });
  node;

  /**
   * @param {(sort: Sort) => void} sorted called when a head is pressed
   * @param {(group: string) => void} folded called when a group is to be folded or unfolded
   */
  constructor(sorted, folded) {
    this.#folded = folded;
    this.#heads = HEADS.map(([name, text]) => ({
      name,
      node: element(
        "th",
        { scope: "col", role: "columnheader", class: name },
        name === "trend"
          ? text
          : element("button", { type: "button", onclick: () => sorted(name) }, text),
      ),
    }));
    const heads = element("tr", { role: "row" }, ...this.#heads.map(({ node }) => node));
    // Roles are said, as some browsers take them from a table that is laid out otherwise.
    this.node = element(
      "table",
      { role: "table", "aria-label": "Pages", hidden: true },
      element("thead", { role: "rowgroup" }, heads),
      this.#body,
    );
  }

  /** Whether pointer or focus is on the rows. */
  get isHeld() {
    return this.#body.matches(":hover, :focus-within");
  }

  /** @param {Sort} sort @param {boolean} reversed */
  mark(sort, reversed) {
    for (const { name, node } of this.#heads) {
      const isUp = (name === "page") !== reversed;
      node.ariaSort = name === sort ? (isUp ? "ascending" : "descending") : "none";
    }
  }

  /**
   * @param {Line[]} lines
   * @param {(line: Line) => Parameters<PastRow["fill"]>[1]} shownOf
   */
  show(lines, shownOf) {
    const before = this.#rows;
    this.#rows = new Map();
    for (const line of lines) {
      const { key, entry, role } = line;
      const row = before.get(key) ?? new PastRow(entry, role, () => this.#folded(entry.page));
      row.fill(entry, shownOf(line));
      this.#rows.set(key, row);
    }
    for (const [key, { node }] of before) if (!this.#rows.has(key)) node.remove();
    // Rows that stay where they are are not touched: they keep the focus.
    let next = this.#body.firstElementChild;
    for (const { node } of this.#rows.values()) {
      if (node === next) next = node.nextElementSibling;
      else this.#body.insertBefore(node, next);
    }
    this.node.hidden = lines.length === 0;
  }

  /** Moves the focus to the first row. @returns {boolean} whether there is one */
  enter() {
    return focus([...this.#rows.values()][0]);
  }

  /**
   * Moves the focus from row to row, and folds groups.
   *
   * @param {KeyboardEvent} event
   * @param {() => void} left called when the focus goes up from the first row
   */
  press({ key, target }, left) {
    const rows = [...this.#rows.values()];
    const place = rows.findIndex(({ node }) => node.contains(/** @type {Node} */ (target)));
    if (place === -1) return false;
    if (key === "ArrowDown") return focus(rows[place + 1]);
    if (key === "ArrowUp" && place === 0) left();
    else if (key === "ArrowUp") return focus(rows[place - 1]);
    else if (key === "Home") return focus(rows[0]);
    else if (key === "End") return focus(rows[rows.length - 1]);
    else if (key === "ArrowRight") return rows[place].fold(true);
    else if (key === "ArrowLeft") return rows[place].fold(false);
    else return false;
    return true;
  }

  /** @param {string} text what it is of, for screen readers */
  describe(text) {
    if (this.node.getAttribute("aria-label") !== text) this.node.setAttribute("aria-label", text);
  }
}

/** @param {PastRow | undefined} row */
function focus(row) {
  row?.handle.focus();
  return row !== undefined;
}
