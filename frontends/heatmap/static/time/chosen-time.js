/**
 * What time is chosen, of whom, and what it is compared with: kept for the visit's next pages, and said as of now.
 *
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {import("./visitors.js").Chosen} Chosen
 * @typedef {import("../view/preferences.js").Time} Time
 * @typedef {{ range: Range, chosen: Chosen }} Side a range, and whose page views of it
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

  /** What the range is compared with; null for nothing. @returns {Side | null} */
  get than() {
    const { than } = this.#stored;
    const { range, visitors } = this;
    const { range: chosen } = this.#stored;
    if (!than || !range || !chosen) return null;
    if (than === "before") return { range: spanBefore(range), chosen: visitors };
    if (than === "week") return { range: weekBefore(range), chosen: visitors };
    if ("chosen" in than) return { range: chosen, chosen: { ...visitors, ...than.chosen } };
    return { range: than, chosen: visitors };
  }

  /** Whether a curtain is between the two that are compared. */
  get hasCurtain() {
    return this.#stored.curtain && this.than !== null;
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

  /** What a link to it says. @returns {import("../core/view-link.js").View} */
  get view() {
    const { range, than, count, visitors, thanChosen, group } = this;
    const spanOf = (/** @type {Range} */ { from, to }) => ({ from, to });
    const others = othersOf(thanChosen);
    return {
      span: range && spanOf(range),
      than: than && !others ? spanOf(than.range) : null,
      thanChosen: /** @type {Record<string, string>} */ (others ?? {}),
      curtain: this.hasCurtain,
      count,
      group,
      chosen: /** @type {Record<string, string>} */ (visitors),
    };
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
  adopt({ span, than, thanChosen = {}, curtain = false, count, chosen, group = "" }) {
    const now = Date.now();
    const { band: _, ...others } = chosen;
    const isOfVisitors = Object.keys(thanChosen).length > 0;
    this.change({
      range: span && between(span.from, span.to, now),
      than: isOfVisitors ? { chosen: thanChosen } : than && between(than.from, than.to, now),
      curtain,
      count,
      chosen: others,
      group,
      open: true,
    });
  }
}

/** The other visitors, if those are compared. @param {Time["than"]} than @returns {Chosen | null} */
export const othersOf = (than) =>
  than !== null && typeof than !== "string" && "chosen" in than ? than.chosen : null;
