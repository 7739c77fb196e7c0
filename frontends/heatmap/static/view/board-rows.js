/** The rows of the board: pages, and groups that unfold to pages. */

import { entryKey, isGroup } from "../core/page-groups.js";
import { BoardRow } from "./board-row.js";
import { element } from "./element.js";

/**
 * @typedef {import("../core/page-groups.js").Entry} Entry
 * @typedef {{ entry: Entry, isMember: boolean }} Line a shown row
 */

export class BoardRows {
  #thumbnails;
  #refolded;
  /** @type {Map<string, BoardRow>} by key, in their order */
  #views = new Map();
  /** Keys of unfolded groups. @type {Set<string>} */
  #unfolded = new Set();
  node = element("ol");

  /**
   * @param {import("./thumbnails.js").Thumbnails} thumbnails
   * @param {() => void} refolded called when a group was folded or unfolded
   */
  constructor(thumbnails, refolded) {
    this.#thumbnails = thumbnails;
    this.#refolded = refolded;
  }

  /**
   * Shows entries, and the pages of unfolded groups.
   *
   * @param {Entry[]} entries
   * @param {number} room rows at most
   * @param {Pick<Parameters<BoardRow["fill"]>[1], "time" | "sites">} shown
   * @returns {{ shown: number, all: number }} how many rows are shown, and how many there are
   */
  show(entries, room, shown) {
    const all = this.#lines(entries);
    const lines = all.slice(0, room);
    this.#place(lines);
    for (const { entry, isMember } of lines) {
      const key = entryKey(entry);
      const isUnfolded = this.#unfolded.has(key);
      this.#views.get(key)?.fill(entry, { ...shown, isMember, isUnfolded });
    }
    return { shown: lines.length, all: all.length };
  }

  /** Whether pointer or focus is on them. */
  get isHeld() {
    return this.node.matches(":hover, :focus-within");
  }

  /** Moves the focus to the first row. @returns {boolean} whether there is one, or none can be */
  enter() {
    return focus([...this.#views.values()][0]?.handle);
  }

  /**
   * Moves the focus from row to row, and folds groups.
   *
   * @param {KeyboardEvent} event
   * @param {() => void} left called when the focus goes up from the first row
   * @returns {boolean} whether the key did something
   */
  press({ key, target }, left) {
    const handles = [...this.#views.values()].map(({ handle }) => handle);
    const place = handles.findIndex((handle) => handle.contains(/** @type {Node} */ (target)));
    if (place === -1) return false;
    const { ariaExpanded } = handles[place];
    if (key === "ArrowDown") return focus(handles[place + 1]);
    if (key === "ArrowUp" && place > 0) return focus(handles[place - 1]);
    if (key === "ArrowUp") left();
    else if (key === "Home") return focus(handles[0]);
    else if (key === "End") return focus(handles.at(-1));
    else if (key === "ArrowRight" && ariaExpanded === "false") handles[place].click();
    else if (key === "ArrowLeft" && ariaExpanded === "true") handles[place].click();
    else return false;
    return true;
  }

  /** @param {Entry[]} entries @returns {Line[]} */
  #lines(entries) {
    return entries.flatMap((entry) => {
      const line = { entry, isMember: false };
      if (!isGroup(entry) || !this.#unfolded.has(entryKey(entry))) return [line];
      return [line, ...entry.members.map((member) => ({ entry: member, isMember: true }))];
    });
  }

  /** Creates, drops and moves rows; those that stay where they are are not touched. @param {Line[]} lines */
  #place(lines) {
    const before = this.#views;
    this.#views = new Map();
    for (const { entry } of lines) {
      const key = entryKey(entry);
      const unfolded = () => this.#fold(key);
      this.#views.set(key, before.get(key) ?? new BoardRow(entry, this.#thumbnails, unfolded));
    }
    for (const [key, view] of before) if (!this.#views.has(key)) view.release();
    let next = this.node.firstElementChild;
    for (const { node } of this.#views.values()) {
      // One that sank is taken out, and comes again at its place: otherwise all below it would be moved.
      if (next && next !== node && next.nextElementSibling === node) {
        next.remove();
        next = node;
      }
      if (next === node) next = node.nextElementSibling;
      else this.node.insertBefore(node, next);
    }
  }

  /** @param {string} key */
  #fold(key) {
    if (!this.#unfolded.delete(key)) this.#unfolded.add(key);
    this.#refolded();
  }
}

/** @param {HTMLElement | undefined} handle */
function focus(handle) {
  handle?.focus();
  return true;
}
