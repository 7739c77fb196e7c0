/** Breakdowns as the services write them, and as the overlay decodes them, for tests. */

import { MARKS } from "../../../frontends/heatmap/static/core/breakdown.js";
import { decodeGrid } from "../../../frontends/heatmap/static/core/grid.js";

/**
 * @param {any} record
 * @param {string} [requested] band, whose tiles are there
 * @returns {import("../../../frontends/heatmap/static/core/breakdown.js").Breakdown}
 */
export function breakdownOf({ start, end, spots, bands, "grid-size": size }, requested) {
  return {
    kind: "breakdown",
    start,
    end,
    size,
    spots,
    bands: bands.map(({ name, visitors, elements, value, clicks = {} }) => {
      const tiles = decodeGrid({ value, clicks, "grid-size": size });
      const isRequested = name === requested && tiles;
      return {
        name,
        visitors,
        elements: elements.map((element) => heatOf(element, spots)),
        tiles: isRequested ? { moves: tiles.moves, clicks: tiles.clicks } : null,
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

/** A breakdown with the tiles of the bands that have some. @param {...any} bands */
export function breakdown(...bands) {
  const requested = bands.find(({ value }) => value)?.name;
  return breakdownOf({ start: 0, end: 300_000, "grid-size": 50, spots: 64, bands }, requested);
}

/** @param {string} selector @param {object} [marks] kind → column → row → count */
export const element = (selector, marks = {}) => ({ selector, ...marks });

/** @param {string} name @param {any[]} elements @param {object} [rest] */
export const band = (name, elements, rest = {}) => ({ name, visitors: 1, elements, ...rest });
