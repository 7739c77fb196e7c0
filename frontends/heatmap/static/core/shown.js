/**
 * What is shown of what is known: all visitors' heat, or that of one width band.
 *
 * @typedef {{
 *   page: string, band: string, grid: import("./grid.js").Grid | null,
 *   detail: import("./breakdown.js").Detail | null, elements: import("./breakdown.js").ElementHeat[],
 * }} Shown
 *   `grid` and `elements` are the band's, "" for all visitors; `detail` is where they come from.
 */

import { elementsOf, gridOf } from "./breakdown.js";
import { isEmpty } from "./grid.js";

/** @type {Shown} */
export const NOTHING = { page: "", band: "", grid: null, detail: null, elements: [] };

/**
 * @param {Shown} before what was shown, and stays until there is something to show
 * @param {import("./connection.js").Connection} known
 * @param {string} band
 * @returns {Shown}
 */
export function shownOf(before, known, band) {
  const { page, detail } = known;
  const same = page === before.page && band === before.band && detail === before.detail;
  // Both are as old as the detail, and only made anew with it.
  const elements = same ? before.elements : detail ? elementsOf(detail, band) : [];
  const kept = page === before.page ? before.grid : null;
  let { grid } = known;
  if (band && grid && !isEmpty(grid)) {
    if (same && detail && before.grid) grid = before.grid;
    else grid = (detail && gridOf(grid, detail, band)) ?? kept;
  }
  return { page, band, grid, detail, elements };
}
