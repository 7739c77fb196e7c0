/** Details as the broadcaster sends them, for tests. */

import { decodeDetail } from "../../../frontends/heatmap/static/core/detail.js";

/**
 * @param {any[]} bands
 * @param {object} [rest] other members
 */
export function detailRecord(bands, rest = {}) {
  return { start: 0, end: 300_000, page: null, "grid-size": 50, spots: 64, bands, ...rest };
}

/** @param {...any} bands */
export function detail(...bands) {
  const decoded = decodeDetail(detailRecord(bands));
  if (!decoded) throw new Error("not a detail");
  return decoded;
}

/** @param {string} selector @param {object} [marks] kind → column → row → count */
export const element = (selector, marks = {}) => ({ selector, ...marks });

/** @param {string} name @param {any[]} elements @param {object} [rest] */
export const band = (name, elements, rest = {}) => ({ name, visitors: 1, elements, ...rest });
