/**
 * The order of the list of elements: most first, without jumping.
 *
 * Each breakdown changes counts; rows are reordered only at intervals, and never while the list has the
 * pointer or focus. Until then a new element waits at the end, and one without events keeps its place.
 *
 * @typedef {import("./breakdown.js").ElementHeat} ElementHeat
 * @typedef {import("./breakdown.js").Mark} Mark
 * @typedef {{ selector: string, count: number, share: number, rage: number, dead: number }} Row
 *   `share` of the page's total, 0 to 1; or `count` page views, and their share of all.
 * @typedef {{ rows: Row[], mark: Mark, orderedAt: number }} Ranking
 */

/** Between two reorderings, ms: time to read a row. */
export const REORDER_MS = 3000;

/** @type {Ranking} */
export const EMPTY = { rows: [], mark: "clicks", orderedAt: Number.NEGATIVE_INFINITY };

/**
 * The ranking updated from new counts.
 *
 * @param {Ranking} ranking
 * @param {ElementHeat[]} elements
 * @param {Mark} mark to rank by; a new one reorders at once
 * @param {number} now ms
 * @param {boolean} held whether pointer or focus is on it
 * @param {number} [views] count page views, of so many
 * @returns {Ranking}
 */
export function rank(ranking, elements, mark, now, held, views) {
  const rows = rowsOf(elements, mark, views);
  const due = ranking.mark !== mark || (!held && now - ranking.orderedAt >= REORDER_MS);
  if (due) return { rows: sorted(rows), mark, orderedAt: rows.length ? now : ranking.orderedAt };
  const left = new Map(rows.map((row) => [row.selector, row]));
  const kept = ranking.rows.map(({ selector }) => {
    const row = left.get(selector);
    left.delete(selector);
    return row ?? { selector, count: 0, share: 0, rage: 0, dead: 0 };
  });
  return { rows: [...kept, ...sorted([...left.values()])], mark, orderedAt: ranking.orderedAt };
}

/** @param {ElementHeat[]} elements @param {Mark} mark @param {number} [views] @returns {Row[]} */
function rowsOf(elements, mark, views) {
  let sum = 0;
  for (const element of elements) sum += element[mark].total;
  const total = views ?? sum;
  const countOf = (/** @type {ElementHeat} */ { [mark]: marks }) =>
    views === undefined ? marks.total : (marks.views ?? 0);
  return elements
    .filter((element) => element[mark].total > 0)
    .map((element) => ({
      selector: element.selector,
      count: countOf(element),
      share: total > 0 ? countOf(element) / total : 0,
      rage: element.rage.total,
      dead: element.dead.total,
    }));
}

/** Equal counts are ordered by selector, so the order is stable. @param {Row[]} rows */
function sorted(rows) {
  return rows.sort((a, b) => b.count - a.count || (a.selector < b.selector ? -1 : 1));
}
