/**
 * The order of a list's rows. Pure.
 *
 * An order that follows live numbers must be readable: `settle` moves a row only past rows that it clearly beats.
 *
 * @typedef {{ page: string, visitors: number, moves: number, clicks: number, newest: number | null }} Ordered
 * @typedef {keyof typeof ORDERS} Order
 */

import { readable } from "./address.js";

/** A row passes the one above if it has more by this factor. */
export const CLEARLY_MORE = 1.1;

/** A row passes the one above if its newest event is later by this, ms: busy pages are not always exchanged. */
export const CLEARLY_NEWER_MS = 2000;

/** Numbers in names by their value: /page/9 is before /page/10. */
const collator = new Intl.Collator("en", { numeric: true });

/** @param {(row: Ordered) => number} amount */
const byAmount = (amount) => ({
  compare: (/** @type {Ordered} */ a, /** @type {Ordered} */ b) => amount(b) - amount(a),
  passes: (/** @type {Ordered} */ a, /** @type {Ordered} */ b) =>
    amount(a) > CLEARLY_MORE * amount(b),
});

/** @param {Ordered} row */
const time = ({ newest }) => newest ?? 0;

/** @param {Ordered} a @param {Ordered} b */
const byName = (a, b) => collator.compare(readable(a.page), readable(b.page));

/** `compare` is exact; `passes`: whether row `a`, now below row `b`, goes above it. */
const ORDERS = {
  warmth: byAmount((row) => row.moves + row.clicks),
  visitors: byAmount((row) => row.visitors),
  moves: byAmount((row) => row.moves),
  clicks: byAmount((row) => row.clicks),
  newest: {
    compare: (/** @type {Ordered} */ a, /** @type {Ordered} */ b) => time(b) - time(a),
    passes: (/** @type {Ordered} */ a, /** @type {Ordered} */ b) =>
      time(a) > time(b) + CLEARLY_NEWER_MS,
  },
  name: {
    compare: byName,
    passes: (/** @type {Ordered} */ a, /** @type {Ordered} */ b) => byName(a, b) < 0,
  },
};

/** @param {unknown} name @returns {name is Order} */
export function isOrder(name) {
  return typeof name === "string" && Object.hasOwn(ORDERS, name);
}

/**
 * The rows in exact order; equal ones keep theirs.
 *
 * @template {Ordered} Row
 * @param {Row[]} rows
 * @param {Order} order
 */
export function sorted(rows, order) {
  return [...rows].sort(ORDERS[order].compare);
}

/**
 * Moves each row up past rows that it clearly beats; the others keep their places.
 *
 * @template {Ordered} Row
 * @param {Row[]} rows changed in place
 * @param {Order} order
 */
export function settle(rows, order) {
  const { passes } = ORDERS[order];
  for (let i = 1; i < rows.length; i++) {
    const row = rows[i];
    let place = i;
    while (place > 0 && passes(row, rows[place - 1])) {
      rows[place] = rows[place - 1];
      place--;
    }
    rows[place] = row;
  }
  return rows;
}
