/** What is said below the rows of the board. Pure. */

import { formatCount } from "./format.js";
import { isGroup } from "./page-groups.js";

const EMPTY_LIST =
  "No page is warm. Open the site and move the pointer: the page appears here within a second.";

/**
 * @typedef {object} Told
 * @property {import("./board.js").Board} board
 * @property {import("./board.js").Choice} choice
 * @property {number} total warm pages
 * @property {number | null} limit how many can be listed, null if that is all of them
 * @property {boolean} hasMore whether there are rows that are not shown yet
 */

/**
 * @param {Told} told
 * @returns {{ notice: string, foot: string }} `notice` instead of rows, `foot` how many there are; "" for
 *   nothing to say
 */
export function boardText({ board, choice, total, limit, hasMore }) {
  const { rows, entries } = board;
  const among = limit
    ? `the ${formatCount(limit)} warmest of ${formatCount(total)} pages`
    : `${formatCount(rows.length)} warm pages`;
  if (rows.length === 0) return { notice: EMPTY_LIST, foot: "" };
  if (entries.length === 0) return { notice: nothingFound(choice, among), foot: "" };
  const found = entries.flatMap((it) => (isGroup(it) ? it.members : it)).length;
  const isPart = choice.search.trim() !== "" || choice.site !== null;
  const rowsOf = choice.groups ? ` in ${formatCount(entries.length)} rows` : "";
  if (isPart) return { notice: "", foot: `${formatCount(found)} of ${among}${rowsOf}` };
  const isTold = choice.groups || (limit !== null && !hasMore);
  return { notice: "", foot: isTold ? among + rowsOf : "" };
}

/** @param {import("./board.js").Choice} choice @param {string} among */
function nothingFound(choice, among) {
  const search = choice.search.trim();
  const sought = search ? `No page's address contains “${search}”` : "No page of this site";
  return `${sought}, among ${among}. Escape clears the search.`;
}
