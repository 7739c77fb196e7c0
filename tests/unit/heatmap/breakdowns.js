/** Breakdowns as the services write them, and as the overlay decodes them, for tests. */

import { MARKS } from "../../../frontends/heatmap/static/core/breakdown.js";
import { sheetsFrom } from "../../../frontends/heatmap/static/core/grid.js";
import { ROWS } from "../../../frontends/heatmap/static/core/spots.js";
import { layersOf, looksOf } from "./fine.js";

/**
 * @param {any} record
 * @param {string} [requested] band, whose tiles are there
 * @returns {import("../../../frontends/heatmap/static/core/breakdown.js").Breakdown}
 */
export function breakdownOf(record, requested) {
  const { start, end, spots, bands, "grid-size": size, "spot-px": spotPx } = record;
  return {
    kind: "breakdown",
    start,
    end,
    size,
    row: bands.find(({ name }) => name === requested)?.fine?.row ?? 20,
    division: { spots, spotPx },
    bands: bands.map(({ name, visitors, elements, fine, looks }) => ({
      name,
      visitors,
      elements: elements.map(heatOf),
      sheets: name === requested && fine ? sheetsFrom(layersOf(fine), size) : null,
      looks: name === requested && fine ? looksOf(looks) : null,
    })),
  };
}

/** @param {any} element */
function heatOf(element) {
  const heat = { selector: element.selector };
  for (const mark of MARKS) {
    const counts = new Map();
    for (const [column, rows] of Object.entries(element[mark] ?? {})) {
      for (const [row, count] of Object.entries(rows)) {
        counts.set(Number(column) * ROWS + Number(row), count);
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
  const requested = bands.find(({ fine }) => fine)?.name;
  const span = { start: 0, end: 300_000, "grid-size": 50 };
  return breakdownOf({ ...span, spots: 64, "spot-px": 8, bands }, requested);
}

/** @param {string} selector @param {object} [marks] kind → column → row → count */
export const element = (selector, marks = {}) => ({ selector, ...marks });

/** @param {string} name @param {any[]} elements @param {object} [rest] */
export const band = (name, elements, rest = {}) => ({ name, visitors: 1, elements, ...rest });
