/** Records as the broadcaster sends them, for tests. */

import {
  emptySheets,
  layerFrom,
  looksFrom,
  sumsOf,
} from "../../../frontends/heatmap/static/core/grid.js";

/**
 * @param {Record<string, Record<string, number>>} value column → row → moves
 * @param {object} [rest] other members
 */
export function record(value, rest = {}) {
  return {
    start: 0,
    end: 300_000,
    value,
    clicks: {},
    "grid-size": 50,
    visitors: 1,
    newest: 299_000,
    page: { width: 1000, height: 2000 },
    ...rest,
  };
}

/**
 * @param {Record<string, Record<string, number>>} value
 * @param {object} [rest]
 */
export function grid(value, rest) {
  return gridOf(record(value, rest));
}

/**
 * A grid of a record's fields, with the tutorial's counts on what scrolls: `size` rows divide its height.
 *
 * @param {any} record
 * @returns {import("../../../frontends/heatmap/static/core/grid.js").Grid}
 */
export function gridOf(record) {
  const { start, end, page, newest, visitors, totals, "grid-size": size } = record;
  const [moves, clicks] = [record.value, record.clicks].map((cells) => layerOf(cells, size));
  const sheets = { ...emptySheets(), page: { moves, clicks } };
  const sums = sumsOf(sheets);
  const unplaced = totals?.unplaced ?? 0;
  const row = page ? page.height / size : 1;
  const looks = looksFrom([], 20);
  return {
    kind: "grid",
    start,
    end,
    size,
    row,
    sheets,
    ...sums,
    unplaced,
    visitors,
    newest,
    page,
    looks,
  };
}

/** @param {Record<string, Record<string, number>>} cells column → row → count @param {number} size */
function layerOf(cells, size) {
  const found = Object.entries(cells).flatMap(([column, rows]) =>
    Object.entries(rows).map(
      ([row, count]) => /** @type {const} */ ([+row * size + +column, count]),
    ),
  );
  return layerFrom(new Map(found), size);
}
