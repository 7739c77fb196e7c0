/** What the list of pages asks the history. Pure. */

import { historyAddress } from "../core/address.js";
import { spanOf } from "../time/past.js";
import { spanBefore } from "../time/ranges.js";

/** Points of a sparkline: hours of a day, days of a month. */
const POINTS = "30";

/** Most pages in one answer. */
export const MAX_LISTED = 1_000;

/**
 * The address of a part of the list.
 *
 * @param {string} history origin
 * @param {import("./choice.js").Choice & { range: import("./choice.js").Range }} choice
 * @param {{ offset?: number, limit: number, within?: string, csv?: boolean }} part
 *   `within`: only pages of this group, each by itself
 */
export function pagesAddress(history, choice, { offset = 0, limit, within, csv }) {
  const { range, search, sort, reversed, groups } = choice;
  const before = spanBefore(range);
  const address = new globalThis.URL(historyAddress(history, "pages", "", spanOf(range)));
  const add = (/** @type {string} */ name, /** @type {string | number} */ value) =>
    address.searchParams.append(name, String(value));
  add("than_from", before.from);
  add("than_to", before.to);
  add("sort", sort);
  if (reversed) add("reversed", "true");
  if (search.trim()) add("search", search.trim());
  if (within) add("within", within);
  else for (const group of groups) add("group", group);
  if (offset) add("offset", offset);
  add("limit", limit);
  if (csv) add("format", "csv");
  else add("points", POINTS);
  return address.href;
}

/** @param {string} history origin @param {import("./choice.js").Range} range */
export const groupsAddress = (history, range) =>
  historyAddress(history, "pages/groups", "", spanOf(range));
