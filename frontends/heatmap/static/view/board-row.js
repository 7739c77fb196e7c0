/**
 * One row of the board: a page, which is a link, or a group of pages, which is a button that unfolds it.
 *
 * Paths come from visitors and are untrusted: they are set as text and as parts of a URL, never as markup.
 */

import { readable } from "../core/address.js";
import { formatAge, formatCount, formatUnit } from "../core/format.js";
import { isGroup } from "../core/page-groups.js";
import { visitAddress } from "../core/site.js";
import { element, icon, setText } from "./element.js";
import { nameParts } from "./name-parts.js";

export const NUMBERS = /** @type {const} */ (["visitors", "moves", "clicks"]);

/** @typedef {import("../core/page-groups.js").Entry} Entry */

export class BoardRow {
  #thumbnails;
  #thumbnail;
  #newest = element("span", { class: "newest" });
  #count = element("span", { class: "count" });
  #numbers;
  /** What takes the focus. @type {HTMLAnchorElement | HTMLButtonElement} */
  handle;
  /** @type {Entry | null} */
  #shown = null;

  /**
   * @param {Entry} entry
   * @param {import("./thumbnails.js").Thumbnails} thumbnails
   * @param {() => void} unfolded called when a group is folded or unfolded
   */
  constructor(entry, thumbnails, unfolded) {
    this.#thumbnails = thumbnails;
    this.#thumbnail = thumbnails.create();
    const number = () => /** @type {[HTMLElement, HTMLElement]} */ ([element("b"), element("i")]);
    this.#numbers = { visitors: number(), moves: number(), clicks: number() };
    const name = readable(entry.page);
    const group = isGroup(entry);
    this.handle = group
      ? element("button", { type: "button", class: "row", onclick: unfolded })
      : element("a", { class: "row" });
    this.handle.append(
      element("span", { class: "sheet" }, this.#thumbnail),
      element(
        "span",
        { class: "page", title: name },
        // The name's parts are boxes, so they would be read as separate words.
        element("span", { class: "whole", role: "img", "aria-label": name }, ...nameParts(name)),
        ...(group ? [this.#count, icon("M6 4l4 4-4 4")] : []),
      ),
      ...NUMBERS.map((name) =>
        element("span", { class: `number ${name}` }, ...this.#numbers[name]),
      ),
      this.#newest,
    );
    this.node = element("li", { class: group ? "group" : "" }, this.handle);
  }

  /**
   * @param {Entry} entry
   * @param {{ time: number, sites: Parameters<typeof visitAddress>[1], isMember: boolean, isUnfolded: boolean }} shown
   *   `time` of the broadcaster, ms since the epoch
   */
  fill(entry, { time, sites, isMember, isUnfolded }) {
    const age = entry.newest === null ? "" : formatAge(time - entry.newest);
    setText(this.#newest, entry.cooled ? "cooled" : age);
    this.node.classList.toggle("member", isMember);
    if (isGroup(entry)) {
      this.handle.ariaExpanded = String(isUnfolded);
      this.#thumbnails.update(this.#thumbnail, entry.members[0]);
      setText(this.#count, formatUnit(entry.members.length, "page"));
    } else {
      const href = visitAddress(entry.page, sites);
      if (this.handle instanceof HTMLAnchorElement && href !== null && this.handle.href !== href) {
        this.handle.href = href;
      }
      this.#thumbnails.update(this.#thumbnail, entry);
    }
    if (entry === this.#shown) return;
    this.#shown = entry;
    this.node.classList.toggle("cooled", entry.cooled);
    this.#write(entry);
  }

  /** Stops drawing it. */
  release() {
    this.#thumbnails.release(this.#thumbnail);
    this.node.remove();
  }

  /** @param {Entry} entry */
  #write(entry) {
    for (const name of NUMBERS) {
      const [count, unit] = this.#numbers[name];
      // A sum counts who visited two of the pages twice.
      const most = name === "visitors" && isGroup(entry) && entry.visitors > 1 ? "≤ " : "";
      setText(count, most + formatCount(entry[name]));
      setText(unit, entry[name] === 1 ? ` ${name.slice(0, -1)}` : ` ${name}`);
    }
  }
}
