/**
 * The pages of a range, as far as they were asked for: more of them, and those of unfolded groups.
 *
 * @typedef {import("./past-row.js").Entry} Entry
 * @typedef {import("./choice.js").Choice & { range: import("./choice.js").Range }} Asked
 * @typedef {{
 *   from: number, to: number, exact: string, total: number, before: [number, number], since: number | null,
 *   pages: Entry[],
 * }} List as the history answers it
 * @typedef {{ trouble: import("../time/ask.js").Trouble, text: string }} Failure
 */

import { askAt } from "../time/ask.js";
import { renewed } from "../time/ranges.js";
import { MAX_LISTED, pagesAddress } from "./questions.js";

/** Rows at first, and more each time that a reader comes to the end. */
export const ROWS = 100;

/** Pages of an unfolded group: its most viewed ones. */
const MEMBERS = 50;

/** While somebody types, only a rest is asked for, ms. */
const REST_MS = 140;

/** A range up to now is asked for again after this time, and the history after a failure, ms. */
const AGAIN_MS = 30_000;
const RETRY_MS = 10_000;

export class PagesOfRange {
  #history;
  #changed;
  #asking = new AbortController();
  #timer = 0;
  /** @type {Asked | null} */
  #asked = null;
  /** The newest answer, with all rows that were asked for. @type {List | null} */
  list = null;
  /** Pages of unfolded groups. @type {Map<string, Entry[]>} */
  members = new Map();
  /** @type {Failure | null} */
  failure = null;
  waiting = false;
  /** Whether more rows are awaited. */
  #adding = false;
  /** Whether rows may change their places now. */
  isHeld = () => false;

  /** @param {string} history origin @param {() => void} changed */
  constructor(history, changed) {
    this.#history = history;
    this.#changed = changed;
  }

  /** Shows the pages of a range. @param {Asked} asked */
  show(asked) {
    this.stop();
    this.#asked = asked;
    this.failure = null;
    this.waiting = true;
    for (const group of this.members.keys()) {
      if (!asked.groups.includes(group)) this.members.delete(group);
    }
    this.#timer = setTimeout(() => this.#ask(), this.list ? REST_MS : 0);
  }

  /** Asks once more. */
  retry() {
    if (this.#asked) this.show(this.#asked);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#asking.abort();
    this.#asking = new AbortController();
    this.waiting = false;
  }

  get hasMore() {
    return this.list !== null && this.list.pages.length < this.list.total;
  }

  /** Adds rows at the end. */
  async more() {
    const list = this.list;
    if (!list || !this.hasMore || this.waiting || this.#adding || !this.#asked) return;
    this.#adding = true;
    const found = await this.#answer(this.#asked, { offset: list.pages.length, limit: ROWS });
    this.#adding = false;
    if (!found || this.list !== list) return;
    const known = new Set(list.pages.map(({ page }) => page));
    const pages = [...list.pages, ...found.pages.filter(({ page }) => !known.has(page))];
    // A page may have come or gone meanwhile: without new rows, it is the end.
    const isEnd = pages.length === list.pages.length;
    this.list = { ...list, pages, total: isEnd ? pages.length : found.total };
    this.#changed();
  }

  /** Folds a group, or unfolds it. @param {string} group */
  async fold(group) {
    if (this.members.delete(group)) return this.#changed();
    this.members.set(group, []);
    this.#changed();
    await this.#askMembers(group);
    this.#changed();
  }

  async #ask() {
    const asked = this.#asked;
    if (!asked) return;
    const { signal } = this.#asking;
    const range = renewed(asked.range, Date.now());
    const limit = Math.min(
      MAX_LISTED,
      Math.max(ROWS, this.waiting ? 0 : (this.list?.pages.length ?? 0)),
    );
    const found = await this.#answer({ ...asked, range }, { limit });
    if (signal.aborted) return;
    this.waiting = false;
    if (found) {
      this.list = found;
      await Promise.all([...this.members.keys()].map((group) => this.#askMembers(group)));
      if (signal.aborted) return;
    }
    this.#changed();
    if (found && !range.open) return;
    this.#timer = setTimeout(() => this.#askAgain(), found ? AGAIN_MS : RETRY_MS);
  }

  #askAgain() {
    if (!document.hidden && !this.isHeld()) this.#ask();
    else this.#timer = setTimeout(() => this.#askAgain(), RETRY_MS);
  }

  /** @param {string} group */
  async #askMembers(group) {
    const asked = this.#asked;
    if (!asked) return;
    const found = await this.#answer(asked, { limit: MEMBERS, within: group });
    if (found && this.members.has(group)) this.members.set(group, found.pages);
  }

  /**
   * @param {Asked} asked
   * @param {Parameters<typeof pagesAddress>[2]} part
   * @returns {Promise<List | null>} null without an answer, and when something else is asked meanwhile
   */
  async #answer(asked, part) {
    try {
      const address = pagesAddress(this.#history, asked, part);
      const { json, trouble, text } = await askAt(address, this.#asking.signal);
      this.failure = trouble && { trouble, text };
      return json;
    } catch {
      return null;
    }
  }
}
