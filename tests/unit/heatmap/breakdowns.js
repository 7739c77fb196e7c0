/** Details as the services write them, and what the overlay is to make of them, for tests. */

import { MARKS } from "../../../frontends/heatmap/static/core/breakdown.js";
import { decodeGrid } from "../../../frontends/heatmap/static/core/grid.js";

/**
 * @param {any} record
 * @param {string} [asked] band, whose tiles are there
 * @returns {import("../../../frontends/heatmap/static/core/breakdown.js").Detail}
 */
export function detailOf({ start, end, spots, bands, "grid-size": size }, asked) {
  return {
    kind: "detail",
    start,
    end,
    size,
    spots,
    bands: bands.map(({ name, visitors, elements, value, clicks = {} }) => {
      const tiles = decodeGrid({ value, clicks, "grid-size": size });
      const isAsked = name === asked && tiles;
      return {
        name,
        visitors,
        elements: elements.map((element) => heatOf(element, spots)),
        tiles: isAsked ? { moves: tiles.moves, clicks: tiles.clicks } : null,
      };
    }),
  };
}

/** @param {any} element @param {number} spots */
function heatOf(element, spots) {
  const heat = { selector: element.selector };
  for (const mark of MARKS) {
    const counts = new Map();
    for (const [column, rows] of Object.entries(element[mark] ?? {})) {
      for (const [row, count] of Object.entries(rows)) {
        counts.set(Number(row) * spots + Number(column), count);
      }
    }
    heat[mark] = { counts, total: [...counts.values()].reduce((sum, count) => sum + count, 0) };
  }
  return /** @type {import("../../../frontends/heatmap/static/core/breakdown.js").ElementHeat} */ (
    heat
  );
}

/** A detail with the tiles of the bands that have some. @param {...any} bands */
export function detail(...bands) {
  const asked = bands.find(({ value }) => value)?.name;
  return detailOf({ start: 0, end: 300_000, "grid-size": 50, spots: 64, bands }, asked);
}

/** @param {string} selector @param {object} [marks] kind → column → row → count */
export const element = (selector, marks = {}) => ({ selector, ...marks });

/** @param {string} name @param {any[]} elements @param {object} [rest] */
export const band = (name, elements, rest = {}) => ({ name, visitors: 1, elements, ...rest });
