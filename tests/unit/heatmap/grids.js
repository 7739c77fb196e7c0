/** Records as the broadcaster sends them, for tests. */

import { decodeGrid } from "../../../frontends/heatmap/static/core/grid.js";

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
  const decoded = decodeGrid(record(value, rest));
  if (!decoded) throw new Error("not a grid");
  return decoded;
}
