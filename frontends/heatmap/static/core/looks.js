/**
 * What of a page was in view: how long each of its rows was, and how far down its page views reached. Pure.
 *
 * Positions are px of what scrolls, from its top.
 *
 * @typedef {"attention" | "scroll"} RowLayer
 * @typedef {import("./grid.js").Looks} Looks
 * @typedef {{ share: number, y: number }} Mark `share` of the page views reached `y`
 * @typedef {{ average: number, low: number, high: number }} Fold
 *   Of the lower edges of visitors' windows: eight of ten are from `low` to `high`.
 * @typedef {{ from: number, to: number, ms: number, reached: number }} Reading of the row from `from` to `to`
 */

/** Rows: the services' limit, so that a corrupt record cannot allocate gigabytes. */
const MAX_ROWS = 32_768;

/** The shares of page views whose depth is marked. */
const MARKED = [0.75, 0.5, 0.25];

/** Of the windows, this part is above the fold's spread, and this part below. */
const BEYOND = 0.1;

/** The page views of the window. @param {Looks} looks */
export function viewsOf({ depths }) {
  let views = 0;
  for (const count of depths.values()) views += count;
  return views;
}

/** The ms for which each row was in view, as far down as any was. @param {Looks} looks */
export function msInView({ tops, bottoms }) {
  const ms = new Float64Array(lengthOf(bottoms));
  let now = 0;
  for (let row = 0; row < ms.length; row++) {
    now += tops.get(row) ?? 0;
    ms[row] = now;
    now -= bottoms.get(row) ?? 0;
  }
  return ms;
}

/**
 * The page views that reached each row, as far down as any did. Where the page fits all windows, all of them
 * reached its end, whatever they scrolled.
 *
 * @param {Looks} looks
 * @param {number | null} height of the page, null if unknown
 */
export function viewsReaching(looks, height) {
  if (height !== null && fits(looks, height)) {
    return new Float64Array(lastRow(height, looks.row) + 1).fill(viewsOf(looks));
  }
  const views = new Float64Array(lengthOf(looks.depths));
  let now = 0;
  for (let row = views.length - 1; row >= 0; row--) {
    now += looks.depths.get(row) ?? 0;
    views[row] = now;
  }
  return views;
}

/**
 * A layer's values row by row: seconds in view, or percent of the page views.
 *
 * @param {RowLayer} layer
 * @param {Looks} looks
 * @param {number | null} height of the page
 */
export function valuesOf(layer, looks, height) {
  if (layer === "attention") return msInView(looks).map((ms) => ms / 1000);
  const all = viewsOf(looks);
  return viewsReaching(looks, height).map((views) => (100 * views) / all);
}

/**
 * How far down 75, 50 and 25 % of the page views came: to the end of the last row that so many reached.
 *
 * @param {Looks} looks
 * @param {number | null} height of the page
 * @returns {Mark[]} from the top; none without page views
 */
export function marksOf(looks, height) {
  const all = viewsOf(looks);
  if (all === 0) return [];
  const views = viewsReaching(looks, height);
  return MARKED.map((share) => {
    let row = 0;
    while (row < views.length && views[row] >= share * all) row++;
    return { share, y: Math.min(row * looks.row, height ?? Number.POSITIVE_INFINITY) };
  });
}

/** Where visitors' windows end on the page's top, each in the middle of its row. @param {Looks} looks @returns {Fold | null} */
export function foldOf({ folds, row }) {
  const found = [...folds].sort(([one], [other]) => one - other);
  let [views, sum] = [0, 0];
  for (const [number, count] of found) {
    views += count;
    sum += count * middle(number, row);
  }
  if (views === 0) return null;
  const at = (/** @type {number} */ part) => {
    let below = 0;
    for (const [number, count] of found) {
      below += count;
      if (below >= part * views) return middle(number, row);
    }
    return 0;
  };
  return { average: sum / views, low: at(BEYOND), high: at(1 - BEYOND) };
}

/**
 * Whether the whole page is in every window.
 *
 * @param {Looks} looks
 * @param {number} height of the page
 */
export function fits({ folds, row }, height) {
  for (const fold of folds.keys()) if (fold < lastRow(height, row)) return false;
  return folds.size > 0;
}

/**
 * The exact values at a place.
 *
 * @param {Looks} looks
 * @param {number | null} height of the page
 * @param {number} y
 * @returns {Reading}
 */
export function readAt(looks, height, y) {
  const { row } = looks;
  const number = Math.max(0, Math.floor(y / row));
  return {
    from: number * row,
    to: (number + 1) * row,
    ms: msInView(looks)[number] ?? 0,
    reached: viewsReaching(looks, height)[number] ?? 0,
  };
}

/** @param {Map<number, number>} counts by row */
function lengthOf(counts) {
  let last = -1;
  for (const row of counts.keys()) if (row > last && row < MAX_ROWS) last = row;
  return last + 1;
}

/** @param {number} height px, above 0 @param {number} row px */
const lastRow = (height, row) => Math.ceil(height / row) - 1;

/** @param {number} number of a row @param {number} row px */
const middle = (number, row) => (number + 0.5) * row;
