/**
 * What time is chosen, of whom, and what it is compared with: kept for the visit's next pages, and said as of now.
 *
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {import("./visitors.js").Chosen} Chosen
 * @typedef {import("../view/preferences.js").Time} Time
 */

import { isOfGroup } from "../core/page-pattern.js";
import { loadTime, saveTime } from "../view/preferences.js";
import { between, rangeOf, renewed, spanBefore, weekBefore } from "./ranges.js";
import { choosing } from "./visitors.js";

export class ChosenTime {
  #stored = loadTime();
  #band;
  #page;

  /**
   * @param {() => string} band the chosen width band, "" for all: a preference of its own
   * @param {() => string} page key
   */
  constructor(band, page) {
    this.#band = band;
    this.#page = page;
  }

  /** As it was chosen; null for the live heat. @returns {Range | null} */
  get chosen() {
    return this.#stored.range;
  }

  /** The range as it is now; null for the live heat. @returns {Range | null} */
  get range() {
    const { range } = this.#stored;
    return range && renewed(range, Date.now());
  }

  /** How what it is compared with was chosen. @returns {Time["than"]} */
  get thanChosen() {
    return this.#stored.than;
  }

  /** What the range is compared with; null for nothing. @returns {Range | null} */
  get than() {
    const { than } = this.#stored;
    const { range } = this;
    if (!than || !range) return null;
    if (than === "before") return spanBefore(range);
    return than === "week" ? weekBefore(range) : than;
  }

  /** @returns {Chosen} */
  get visitors() {
    const band = this.#band();
    return band ? { ...this.#stored.chosen, band } : this.#stored.chosen;
  }

  get count() {
    return this.#stored.count;
  }

  /** The pattern of the pages whose heat is shown here; "" for this one alone. */
  get group() {
    const { group, range } = this.#stored;
    return range && isOfGroup(this.#page(), group) ? group : "";
  }

  /** @param {Partial<Time>} changes */
  change(changes) {
    this.#stored = { ...this.#stored, ...changes };
    saveTime(this.#stored);
  }

  /** @param {Exclude<import("./visitors.js").Attribute, "band">} name @param {string | undefined} value */
  chooseVisitors(name, value) {
    this.change({ chosen: choosing(this.#stored.chosen, name, value) });
  }

  /** Compares the range, or the last hour while the heat is live. @param {Time["than"]} than */
  compare(than) {
    const range = this.#stored.range ?? (than ? rangeOf("hour", Date.now()) : null);
    this.change({ than, range });
  }

  /** Adopts what a link asks for. @param {import("../core/view-link.js").View} view */
  adopt({ span, than, count, chosen, group = "" }) {
    const now = Date.now();
    const { band: _, ...others } = chosen;
    this.change({
      range: span && between(span.from, span.to, now),
      than: than && between(than.from, than.to, now),
      count,
      chosen: others,
      group,
      open: true,
    });
  }
}
