/**
 * The rows of the board of warm pages. Pure.
 *
 * Numbers are updated at once. Rows move rarely, and never while a person holds the board. A new page
 * waits at the end, and a cooled page keeps its place.
 *
 * @typedef {{
 *   page: string, visitors: number, moves: number, clicks: number, newest: number | null,
 *   end: number, size: { width: number, height: number } | null,
 * }} Listed as in the broadcaster's list
 * @typedef {Listed & { cooled: boolean }} Row
 * @typedef {{ rows: Row[], entries: Entry[], orderedAt: number }} Board
 *   `rows` are all pages; `entries` are what is chosen of them, and groups of them.
 * @typedef {{ order: import("./page-order.js").Order, groups: boolean, search: string, site: string | null }} Choice
 *   `site` is a site's name, null for all.
 * @typedef {import("./page-groups.js").Entry} Entry
 */

import { readable } from "./address.js";
import { entryKey, grouped } from "./page-groups.js";
import { settle, sorted } from "./page-order.js";
import { siteOf } from "./site.js";

/** Between two reorderings, ms: time to read a row. */
export const REORDER_MS = 3000;

/** @type {Choice} */
export const EVERYTHING = { order: "warmth", groups: false, search: "", site: null };

/** @type {Board} */
export const EMPTY = { rows: [], entries: [], orderedAt: Number.NEGATIVE_INFINITY };

/**
 * The board updated from a new list. A row that did not change is the same object.
 *
 * @param {Board} board
 * @param {{ pages: Listed[], total: number }} list warmest first; `total` includes pages that are not listed
 * @param {number} now ms
 * @param {boolean} held whether pointer or focus is on it
 * @param {Choice} [choice]
 * @returns {Board}
 */
export function update(board, { pages, total }, now, held, choice = EVERYTHING) {
  const warm = new Map(pages.map((page) => [page.page, page]));
  const isComplete = pages.length >= total;
  let rows = board.rows.map((row) => refresh(row, warm.get(row.page), isComplete));
  const known = new Set(rows.map((row) => row.page));
  if (rows.length === 0) {
    rows = pages.map((page) => ({ ...page, cooled: false }));
    return choose({ rows, entries: [], orderedAt: now }, choice);
  }
  const added = pages.filter(({ page }) => !known.has(page));
  rows.push(...sorted(added, choice.order).map((page) => ({ ...page, cooled: false })));
  if (held || now - board.orderedAt < REORDER_MS) {
    return {
      rows,
      entries: inPlace(chosen(rows, choice), board.entries),
      orderedAt: board.orderedAt,
    };
  }
  rows = settle(
    rows.filter((row) => warm.has(row.page)),
    choice.order,
  );
  const entries = settle(inPlace(chosen(rows, choice), board.entries), choice.order);
  return { rows, entries, orderedAt: now };
}

/**
 * The same pages by another choice, in exact order.
 *
 * @param {Board} board
 * @param {Choice} choice
 * @returns {Board}
 */
export function choose(board, choice) {
  const rows = sorted(board.rows, choice.order);
  return { ...board, rows, entries: sorted(chosen(rows, choice), choice.order) };
}

/** @param {Row} row @param {Listed | undefined} page @param {boolean} isComplete @returns {Row} */
function refresh(row, page, isComplete) {
  if (page) return isSame(row, page) ? row : { ...page, cooled: false };
  // Not among the warmest: nothing new is known of it.
  if (!isComplete || row.cooled) return row;
  return { ...row, visitors: 0, moves: 0, clicks: 0, cooled: true };
}

/** @param {Row} row @param {Listed} page */
function isSame(row, page) {
  return (
    !row.cooled &&
    row.end === page.end &&
    row.newest === page.newest &&
    row.visitors === page.visitors &&
    row.moves === page.moves &&
    row.clicks === page.clicks &&
    row.size?.width === page.size?.width &&
    row.size?.height === page.size?.height
  );
}

/** @param {Row[]} rows @param {Choice} choice @returns {Entry[]} */
function chosen(rows, { groups, search, site }) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = rows.filter(({ page }) => {
    if (site !== null && siteOf(page) !== site) return false;
    const name = words.length ? readable(page).toLowerCase() : "";
    return words.every((word) => name.includes(word));
  });
  return groups ? grouped(found) : found;
}

/** The entries in the places that they had; new ones at the end. @param {Entry[]} entries @param {Entry[]} before */
function inPlace(entries, before) {
  const places = new Map(before.map((entry, place) => [entryKey(entry), place]));
  const place = (/** @type {Entry} */ entry) => places.get(entryKey(entry)) ?? before.length;
  return entries.sort((a, b) => place(a) - place(b));
}
