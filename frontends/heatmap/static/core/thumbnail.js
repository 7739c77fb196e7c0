/**
 * A thumbnail: a blank sheet with the page's proportions, and the heat of its top. Pure.
 *
 * Its rows are those of the overlay, some 20 px of the page each: spots are as round as they are there,
 * however tall the page is.
 *
 * @typedef {import("./grid.js").Size} Size
 * @typedef {{ width: number, height: number, scale: number, isCropped: boolean }} Sheet
 *   px; `scale` is the sheet's px for one of the page, `isCropped`: the page goes on below
 */

import { layerFrom } from "./grid.js";

/** Minimum width of a sheet, as a share of its box: a tall page is cropped, or it would be a line. */
const MIN_WIDTH = 0.55;

/** Minimum height of a sheet, px. */
const MIN_HEIGHT = 18;

/**
 * The sheet of a page. One of unknown size has a sheet of the whole box. None is taller than TOP_ASPECT in
 * services/broadcaster/snapshots.py times its width: no more is sent.
 *
 * @param {Size | null} page
 * @param {Size} box that the sheet must fit in
 * @returns {Sheet}
 */
export function sheetOf(page, box) {
  const size = page ?? box;
  const fitting = Math.min(box.width / size.width, box.height / size.height);
  const width = Math.max(MIN_WIDTH * box.width, size.width * fitting);
  const scale = width / size.width;
  const whole = size.height * scale;
  const height = Math.max(MIN_HEIGHT, Math.min(whole, box.height));
  return { width, height, scale, isCropped: height < whole };
}

/**
 * The heat of the rows that a sheet shows, in its one layer: moves, or clicks where nobody moved. What stays
 * at the window's top is at the sheet's.
 *
 * @param {import("./grid.js").Grid} grid
 * @param {number} rows
 * @returns {{ name: import("./heat.js").LayerName, layer: import("./grid.js").Layer }}
 */
export function topOf({ size, moves, sheets: { page, top } }, rows) {
  const name = moves.total > 0 ? "moves" : "clicks";
  /** @type {Map<number, number>} */
  const cells = new Map();
  for (const { counts } of [page[name], top[name]]) {
    for (const [cell, count] of counts.subarray(0, rows * size).entries()) {
      if (count > 0) cells.set(cell, (cells.get(cell) ?? 0) + count);
    }
  }
  return { name, layer: layerFrom(cells, size) };
}
