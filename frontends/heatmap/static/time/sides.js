/**
 * The heat of two sides on one scale: of each as many events as 100 of its page views have, so that a day with many
 * page views beside one with few shows what differs, not how many came. Pure.
 *
 * @typedef {import("../core/grid.js").Grid} Grid
 * @typedef {import("../core/grid.js").Sheets} Sheets
 */

import { valuesOf } from "../core/looks.js";

/** Page views that counts are of. */
const BASIS = 100;

export const BASIS_TEXT = `by ${BASIS} page views`;

/**
 * @param {Grid} one
 * @param {Grid} other
 * @returns {[Grid, Grid]} totals stay as they are
 */
export function onOneScale(one, other) {
  const sides = [one, other].map(byBasis);
  const scale = { moves: 0, clicks: 0, attention: 0 };
  for (const { moves, clicks, looks, page } of sides) {
    scale.moves = Math.max(scale.moves, moves.hottest);
    scale.clicks = Math.max(scale.clicks, clicks.hottest);
    for (const value of valuesOf("attention", looks, page?.height ?? null)) {
      scale.attention = Math.max(scale.attention, value);
    }
  }
  const [left, right] = sides.map((side) => ({ ...side, scale }));
  return [left, right];
}

/** @param {Grid} grid @returns {Grid} */
function byBasis(grid) {
  const factor = grid.visitors ? BASIS / grid.visitors : 0;
  const times = (/** @type {Map<number, number>} */ counts) =>
    new Map([...counts].map(([place, count]) => [place, factor * count]));
  const sheet = (/** @type {import("../core/grid.js").Sheet} */ { moves, clicks }) => ({
    moves: layer(moves, factor),
    clicks: layer(clicks, factor),
  });
  const { page, top, bottom } = grid.sheets;
  const { looks } = grid;
  return {
    ...grid,
    sheets: { page: sheet(page), top: sheet(top), bottom: sheet(bottom) },
    moves: { ...grid.moves, hottest: factor * grid.moves.hottest },
    clicks: { ...grid.clicks, hottest: factor * grid.clicks.hottest },
    // Depths and folds are shares of page views already.
    looks: { ...looks, tops: times(looks.tops), bottoms: times(looks.bottoms) },
  };
}

/** @param {import("../core/grid.js").Layer} layer @param {number} factor */
function layer({ counts, total, hottest }, factor) {
  return { counts: counts.map((count) => factor * count), total, hottest: factor * hottest };
}
