/**
 * The part of the data that is shown: all visitors' heat, or that of one width band.
 *
 * @typedef {{ shares: string, change: string, only: string, isSaid: boolean }} Change
 *   In words; `isSaid`: by more than chance; `only`: if it has clicks on one side alone.
 * @typedef {{
 *   page: string, band: string, grid: import("./grid.js").Grid | null,
 *   breakdown: import("./breakdown.js").Breakdown | null, elements: import("./breakdown.js").ElementHeat[],
 *   count?: "events" | "views", views?: number, changes?: Map<string, Change>, isCovered?: boolean,
 *   drawn?: import("./grid.js").Grid, basis?: string,
 * }} Shown
 *   `grid` and `elements` are the band's, "" for all visitors; `breakdown` is their source. Of the past alone: `count`,
 *   what the grid counts, and of how many page `views`; `changes` by selector, if two ranges are compared; `isCovered`:
 *   something else lies over the page, so no heat is drawn; `drawn`: the grid on the scale that it is drawn in, and
 *   `basis`: what its counts are of then.
 */

import { elementsOf, gridOf } from "./breakdown.js";
import { isEmpty } from "./grid.js";

/** @type {Shown} */
export const NOTHING = { page: "", band: "", grid: null, breakdown: null, elements: [] };

/**
 * @param {Shown} before is shown until there is new data
 * @param {import("./connection.js").Connection} known
 * @param {string} band
 * @returns {Shown}
 */
export function shownOf(before, known, band) {
  const { page, breakdown } = known;
  const same = page === before.page && band === before.band && breakdown === before.breakdown;
  // Both depend on the breakdown, and are computed only when it changes.
  const elements = same ? before.elements : breakdown ? elementsOf(breakdown, band) : [];
  const kept = page === before.page ? before.grid : null;
  let { grid } = known;
  if (band && grid && !isEmpty(grid)) {
    if (same && breakdown && before.grid) grid = before.grid;
    else grid = (breakdown && gridOf(grid, breakdown, band)) ?? kept;
  }
  return { page, band, grid, breakdown, elements };
}
