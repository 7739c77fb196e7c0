/**
 * The order of the board of warm pages: warmest first, without jumping.
 *
 * Each update changes numbers, but not order. Rows are reordered only at intervals, only if one is clearly
 * warmer than the one above, and never while the board has the pointer or focus. Until then a new page
 * waits at the end, and a cooled page keeps its place.
 *
 * @typedef {{
 *   page: string, visitors: number, moves: number, clicks: number, newest: number | null,
 *   end: number, size: { width: number, height: number } | null,
 * }} Listed as in the broadcaster's list
 * @typedef {Listed & { cooled: boolean }} Row
 * @typedef {{ rows: Row[], orderedAt: number }} Board
 */

/** Between two reorderings, ms: time to read a row. */
export const REORDER_MS = 3000;

/** A row passes the one above if it is warmer by this factor. */
export const CLEARLY_WARMER = 1.1;

/** @type {Board} */
export const EMPTY = { rows: [], orderedAt: Number.NEGATIVE_INFINITY };

/**
 * The board updated from a new list.
 *
 * @param {Board} board
 * @param {Listed[]} listed warmest first
 * @param {number} now ms
 * @param {boolean} held whether pointer or focus is on it
 * @returns {Board}
 */
export function update(board, listed, now, held) {
  const warm = new Map(listed.map((page) => [page.page, page]));
  const rows = board.rows.map((row) => refresh(row, warm.get(row.page)));
  const known = new Set(rows.map((row) => row.page));
  for (const page of listed) if (!known.has(page.page)) rows.push({ ...page, cooled: false });
  if (held || now - board.orderedAt < REORDER_MS) return { rows, orderedAt: board.orderedAt };
  return { rows: reorder(rows.filter((row) => !row.cooled)), orderedAt: now };
}

/** @param {Row} row @param {Listed | undefined} page @returns {Row} */
function refresh(row, page) {
  if (page) return { ...page, cooled: false };
  return { ...row, visitors: 0, moves: 0, clicks: 0, cooled: true };
}

/**
 * Moves each row up past rows that are clearly cooler; rows about as warm keep their places.
 *
 * @param {Row[]} rows
 */
function reorder(rows) {
  for (let i = 1; i < rows.length; i++) {
    const row = rows[i];
    let place = i;
    while (place > 0 && warmth(row) > CLEARLY_WARMER * warmth(rows[place - 1])) {
      rows[place] = rows[place - 1];
      place--;
    }
    rows[place] = row;
  }
  return rows;
}

/** @param {Row} row */
function warmth(row) {
  return row.moves + row.clicks;
}
