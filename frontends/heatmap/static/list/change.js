/**
 * How a page's views changed since the span before. Pure.
 *
 * @typedef {{ text: string, kind: "more" | "less" | "same", meaning: string }} Change
 *   `kind` is "same" where it is no more than chance.
 */

import { formatCount, formatUnit } from "../core/format.js";

/** Of a Poisson count, the difference of two is told from chance with 95 % certainty. */
const CERTAIN = 1.96;

/** From this factor on a percentage says less than "× 12". */
const TIMES_FROM = 10;

/**
 * @param {number} views
 * @param {number | null} before null if the span before is not known as a whole
 * @returns {Change}
 */
export function changeOf(views, before) {
  if (before === null) {
    return { text: "–", kind: "same", meaning: "the history began after the span before" };
  }
  const isChance = Math.abs(views - before) <= CERTAIN * Math.sqrt(views + before);
  const kind = isChance ? "same" : views > before ? "more" : "less";
  const meaning = `${formatUnit(before, "page view")} in the span before${isChance ? "; no more than chance" : ""}`;
  return { text: textOf(views, before), kind, meaning };
}

/** @param {number} views @param {number} before */
function textOf(views, before) {
  if (before === 0) return views === 0 ? "" : "new";
  const factor = views / before;
  if (factor >= TIMES_FROM) return `× ${formatCount(factor)}`;
  const percent = Math.round(100 * (factor - 1));
  if (percent === 0) return "± 0 %";
  return `${percent > 0 ? "+" : "−"}${Math.abs(percent)} %`;
}
