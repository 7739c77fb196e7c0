/**
 * Groups: pages whose names differ in one segment only, as one row with their sum. A view of a list; nothing
 * is counted or stored by groups. Pure.
 *
 * @typedef {import("./board.js").Row} Row
 * @typedef {{
 *   page: string, visitors: number, moves: number, clicks: number, newest: number | null,
 *   cooled: boolean, members: Row[],
 * }} Group
 *   `page` is the group's name, such as `/product/:id`. `visitors` is a sum too: a visitor of two pages counts
 *   twice. `members` are in the list's order.
 * @typedef {Row | Group} Entry
 */

import { siteOf } from "./site.js";

/** Stands for the segment that differs. */
const PLACEHOLDER = ":id";

/** @param {Entry} entry @returns {entry is Group} */
export function isGroup(entry) {
  return "members" in entry;
}

/** Different from every page's name, as those start with a slash. @param {Entry} entry */
export function entryKey(entry) {
  return isGroup(entry) ? `group ${entry.page}` : entry.page;
}

/**
 * The rows with groups in place of their members, each where its first member was. A page is in the largest
 * of the groups that it could be in.
 *
 * @param {Row[]} rows
 * @returns {Entry[]}
 */
export function grouped(rows) {
  /** @type {Map<string, { last: number, rows: Row[] }>} */
  const candidates = new Map();
  for (const row of rows) {
    const possible = patterns(row.page);
    for (let place = 0; place < possible.length; place++) {
      const pattern = possible[place];
      const candidate = candidates.get(pattern);
      if (candidate) candidate.rows.push(row);
      else candidates.set(pattern, { last: place, rows: [row] });
    }
  }
  const largestFirst = [...candidates]
    .filter(([, { rows }]) => rows.length > 1)
    .sort(([, a], [, b]) => b.rows.length - a.rows.length || b.last - a.last);
  /** @type {Map<Row, Group>} */
  const groups = new Map();
  for (const [pattern, candidate] of largestFirst) {
    const members = candidate.rows.filter((row) => !groups.has(row));
    if (members.length < 2) continue;
    const group = sum(pattern, members);
    for (const row of members) groups.set(row, group);
  }
  return [...new Set(rows.map((row) => groups.get(row) ?? row))];
}

/**
 * A page's name with a placeholder for each of its segments in turn: parts of paths and routes, and values of
 * parameters. Without another segment there is nothing in common, unless what differs is a number: /about is
 * not like /cart, but /123 is like /124.
 *
 * @param {string} page
 */
function patterns(page) {
  const site = siteOf(page);
  const prefix = site && `//${site}`;
  // A segment and the separator before it.
  const parts = page.slice(prefix.length).match(/[/?&=#]?[^/?&=#]*/g) ?? [];
  const segments = [...parts.keys()].filter((i) => parts[i].length > 1 && /^[/=]/.test(parts[i]));
  const differing =
    segments.length > 1 ? segments : segments.filter((i) => /^.\d+$/.test(parts[i]));
  return differing.map(
    (i) =>
      `${prefix}${parts.slice(0, i).join("")}${parts[i][0]}${PLACEHOLDER}${parts.slice(i + 1).join("")}`,
  );
}

/** @param {string} page the group's name @param {Row[]} members @returns {Group} */
function sum(page, members) {
  /** @type {Group} */
  const group = { page, visitors: 0, moves: 0, clicks: 0, newest: null, cooled: true, members };
  for (const { visitors, moves, clicks, newest, cooled } of members) {
    group.visitors += visitors;
    group.moves += moves;
    group.clicks += clicks;
    if (newest !== null) group.newest = Math.max(group.newest ?? 0, newest);
    group.cooled &&= cooled;
  }
  return group;
}
