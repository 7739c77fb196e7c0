/**
 * A page's decoded grid: a snapshot in, typed arrays out.
 *
 * Times are ms since the epoch by the services' clocks; lengths are CSS px.
 *
 * @typedef {{ counts: Float32Array, total: number, hottest: number }} Layer
 *   A tile's count is `counts[row * size + column]`; rows below the last one with events are missing. `total`
 *   is the sum, `hottest` the highest count.
 * @typedef {{ moves: Layer, clicks: Layer }} Sheet
 * @typedef {{ page: Sheet, top: Sheet, bottom: Sheet }} Sheets
 *   `page` is on what scrolls: columns divide its width, and rows count from its top. `top` and `bottom` are
 *   on what does not scroll: columns divide the viewport's width, and rows count from its top downwards, or
 *   from its bottom upwards.
 * @typedef {{ total: number, hottest: number }} Sum over all sheets
 * @typedef {{
 *   row: number, tops: Map<number, number>, bottoms: Map<number, number>, depths: Map<number, number>,
 *   folds: Map<number, number>,
 * }} Looks
 *   What was in view, in rows of `row` px: a row's looks add up to the ms of `tops` in it and above, less
 *   those of `bottoms` above it. Page views by the lowest row they saw (`depths`), and by the lowest row that
 *   the window shows of the page's top (`folds`).
 * @typedef {{ width: number, height: number }} Size
 * @typedef {{
 *   kind: "grid", start: number, end: number, size: number, row: number, sheets: Sheets, moves: Sum, clicks: Sum,
 *   unplaced: number, visitors: number | null, newest: number | null, page: Size | null,
 *   looks: Looks, label?: string, scale?: { moves: number, clicks: number, attention?: number },
 * }} Grid
 *   `label` says of when it is, if not of the window up to now. `visitors` is null if they are not counted. `scale`: the
 *   counts with the hottest colours, if they are not the hottest here. `size` is the number of columns, `row` a row's height. `unplaced` counts clicks without a tile, as the
 *   page's size was unknown.
 */

/** Columns: the services' limit, so that a corrupt record cannot allocate gigabytes. */
const MAX_SIZE = 200;

/** Rows: likewise. */
const MAX_ROWS = 32_768;

/** How many numbers `spanFrom` consumes. */
export const SPAN = 7;

/** How many layers `sheetsFrom` consumes. */
export const FINE = 6;

/**
 * @param {import("./delta.js").Snapshot} snapshot
 * @returns {Grid | null} null if it is invalid
 */
export function gridFrom({ numbers, layers }) {
  const { start, end, page, size } = spanFrom(numbers);
  const [row, visitors, unplaced, lookRow, age] = numbers.slice(SPAN);
  const sheets = isSize(size) && row > 0 ? sheetsFrom(layers, size) : null;
  if (!sheets) return null;
  return {
    kind: "grid",
    start,
    end,
    size,
    row,
    sheets,
    ...sumsOf(sheets),
    unplaced,
    visitors,
    newest: age === undefined ? null : end - age,
    page,
    looks: looksFrom(layers.slice(FINE), lookRow),
  };
}

/**
 * The numbers that grids and breakdowns start with.
 *
 * @param {number[]} numbers of a snapshot
 * @returns {{ start: number, end: number, page: Size | null, size: number }}
 */
export function spanFrom([end, length, _position, _partition, width, height, size]) {
  return { start: end - length, end, page: width > 0 ? { width, height } : null, size };
}

/**
 * @param {Map<number, number>[]} layers FINE in services/broadcaster/snapshots.py: cell → count
 * @param {number} size
 * @returns {Sheets | null} null if there are too few
 */
export function sheetsFrom(layers, size) {
  if (layers.length < FINE) return null;
  const [moves, clicks, topMoves, topClicks, bottomMoves, bottomClicks] = layers
    .slice(0, FINE)
    .map((cells) => layerFrom(cells, size));
  return {
    page: { moves, clicks },
    top: { moves: topMoves, clicks: topClicks },
    bottom: { moves: bottomMoves, clicks: bottomClicks },
  };
}

/**
 * @param {Map<number, number>[]} layers LOOKS in services/broadcaster/snapshots.py: row → ms, or page views
 * @param {number} row a row's height
 * @returns {Looks}
 */
export function looksFrom([tops, bottoms, depths, folds], row) {
  const none = new Map();
  return {
    row,
    tops: tops ?? none,
    bottoms: bottoms ?? none,
    depths: depths ?? none,
    folds: folds ?? none,
  };
}

/** @param {Sheets} sheets @returns {{ moves: Sum, clicks: Sum }} */
export function sumsOf(sheets) {
  const sumOf = (/** @type {"moves" | "clicks"} */ name) => {
    const layers = Object.values(sheets).map((sheet) => sheet[name]);
    let sum = 0;
    for (const { total } of layers) sum += total;
    return {
      total: sum,
      hottest: Math.max(...layers.map(({ hottest }) => hottest)),
    };
  };
  return { moves: sumOf("moves"), clicks: sumOf("clicks") };
}

/**
 * @param {Map<number, number>} cells row * size + column → count
 * @param {number} size
 * @returns {Layer}
 */
export function layerFrom(cells, size) {
  let last = -1;
  for (const cell of cells.keys()) if (cell > last && cell < size * MAX_ROWS) last = cell;
  const layer = {
    counts: new Float32Array((Math.floor(last / size) + 1) * size),
    total: 0,
    hottest: 0,
  };
  for (const [cell, count] of cells) {
    if (cell > last) continue;
    layer.counts[cell] = count;
    layer.total += count;
    if (count > layer.hottest) layer.hottest = count;
  }
  return layer;
}

/**
 * The grid of a page without events.
 *
 * @param {number} size
 * @param {number} [row]
 * @returns {Grid}
 */
export function emptyGrid(size, row = 1) {
  const nothing = { unplaced: 0, visitors: 0, newest: null, page: null, looks: looksFrom([], 1) };
  const sheets = emptySheets();
  return { kind: "grid", start: 0, end: 0, size, row, sheets, ...sumsOf(sheets), ...nothing };
}

/** @returns {Sheets} */
export function emptySheets() {
  const sheet = () => ({ moves: layerFrom(new Map(), 1), clicks: layerFrom(new Map(), 1) });
  return { page: sheet(), top: sheet(), bottom: sheet() };
}

/**
 * Whether the grid's window has no events. The tutorial's grid has no `newest`; events without a tile
 * show only there.
 *
 * @param {Grid} grid
 */
export function isEmpty(grid) {
  return grid.newest === null && grid.moves.total + grid.clicks.total === 0;
}

/** Whether it is a valid number of columns. @param {unknown} size */
export function isSize(size) {
  return Number.isInteger(size) && Number(size) >= 1 && Number(size) <= MAX_SIZE;
}
