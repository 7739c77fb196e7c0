/**
 * The history's answers as what the layers show: a grid, and elements. Pure.
 *
 * Selectors come from visitors' browsers and are untrusted: they are only looked up and shown as text.
 *
 * @typedef {import("../core/grid.js").Grid} Grid
 * @typedef {import("../core/breakdown.js").ElementHeat} ElementHeat
 * @typedef {Record<string, Record<string, number>>} Cells column → row → count
 * @typedef {{ selector: string, views: Record<string, number> } & Record<import("../core/breakdown.js").Mark, Cells>} ElementAnswer
 * @typedef {{ value: string, views: number }} Value
 * @typedef {{ views: number } & Record<import("./visitors.js").Attribute, Value[]>} Segments
 */

import { MARKS } from "../core/breakdown.js";
import { isSize, looksFrom, sheetsFrom, sumsOf } from "../core/grid.js";
import { ROWS } from "../core/spots.js";

/** The fields of `fine` and `looks`, in the order of a live grid's layers. */
const FINE = ["moves", "clicks", "top-moves", "top-clicks", "bottom-moves", "bottom-clicks"];
const LOOKS = ["tops", "bottoms", "depths", "folds"];

/**
 * Reads cells as the history packs them: of each with events, how many without are before it, and its count, as
 * varints in base64.
 *
 * @param {string} packed
 * @param {(cell: number, count: number) => void} found gets each cell with its count, in order
 */
export function unpack(packed, found) {
  const bytes = atob(packed);
  let at = 0;
  const next = () => {
    let number = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes.charCodeAt(at++);
      // After the end it is NaN.
      if (!(byte >= 0)) throw new RangeError("Packed cells end too early.");
      number += (byte & 127) * scale;
      if (byte < 128) return number;
    }
  };
  for (let cell = -1; at < bytes.length; ) {
    cell += next() + 1;
    found(cell, next());
  }
}

/** @param {string} packed @returns {Map<number, number>} cell → count */
export function unpacked(packed) {
  const cells = new Map();
  unpack(packed, (cell, count) => cells.set(cell, count));
  return cells;
}

/**
 * @param {any} answer to `grid/`
 * @param {string} label what the range is called
 * @returns {Grid | null} null if it is invalid
 */
export function gridOf(answer, label) {
  const { fine, looks, page } = answer;
  const size = answer["grid-size"];
  if (!isSize(size) || !(fine?.row > 0)) return null;
  const sheets = sheetsFrom(
    FINE.map((name) => unpacked(fine[name] ?? "")),
    size,
  );
  if (!sheets) return null;
  return {
    kind: "grid",
    start: answer.from,
    end: answer.to,
    label,
    size,
    row: fine.row,
    sheets,
    ...sumsOf(sheets),
    unplaced: answer.totals.unplaced,
    visitors: answer.views,
    newest: answer.newest,
    page,
    looks: looksFrom(
      LOOKS.map((name) => unpacked(looks?.[name] ?? "")),
      looks?.row ?? fine.row,
    ),
  };
}

/**
 * @param {any} answer to `elements/`
 * @returns {ElementHeat[]} `views` of each mark: those that touched the element
 */
export function elementsOf(answer) {
  return answer.elements.map((/** @type {ElementAnswer} */ given) => {
    /** @type {any} */
    const found = { selector: given.selector };
    for (const mark of MARKS) found[mark] = marksOf(given[mark] ?? {}, given.views?.[mark] ?? 0);
    return found;
  });
}

/** @param {Cells} cells @param {number} views */
function marksOf(cells, views) {
  const counts = new Map();
  let total = 0;
  for (const column of Object.keys(cells)) {
    for (const row of Object.keys(cells[column])) {
      const count = cells[column][row];
      counts.set(Number(column) * ROWS + Number(row), count);
      total += count;
    }
  }
  return { counts, total, views };
}

/** How the elements' boxes are divided. @param {any} answer to `elements/` */
export const divisionOf = (answer) => ({ spots: answer.spots, spotPx: answer["spot-px"] });
