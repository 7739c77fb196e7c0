/**
 * A page's decoded grid: a snapshot or a record in, typed arrays out.
 *
 * A tile's count is `counts[row * size + column]`. Times are ms since the epoch by the
 * services' clocks; lengths are CSS px.
 *
 * @typedef {{ counts: Float32Array, total: number, hottest: number }} Layer
 *   `total` is the sum, `hottest` the highest count.
 * @typedef {{ width: number, height: number }} Size
 * @typedef {{
 *   kind: "grid", start: number, end: number, size: number, moves: Layer, clicks: Layer,
 *   unplaced: number, visitors: number, newest: number | null, page: Size | null,
 * }} Grid
 *   `unplaced` counts clicks without a tile, as the page's size was unknown.
 */

/** Tiles per side: the services' limit, so that a corrupt record cannot allocate gigabytes. */
const MAX_SIZE = 200;

/** How many numbers `spanFrom` consumes. */
export const SPAN = 7;

/**
 * @param {import("./delta.js").Snapshot} snapshot
 * @returns {Grid | null} null if it is invalid
 */
export function gridFrom({ numbers, layers: [moves, clicks] }) {
  const { start, end, page, size } = spanFrom(numbers);
  const [visitors, unplaced, age] = numbers.slice(SPAN);
  if (!isSize(size) || !moves || !clicks) return null;
  return {
    kind: "grid",
    start,
    end,
    size,
    moves: layerFrom(moves, size),
    clicks: layerFrom(clicks, size),
    unplaced,
    visitors,
    newest: age === undefined ? null : end - age,
    page,
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
 * @param {Map<number, number>} cells column * size + row → count
 * @param {number} size
 * @returns {Layer}
 */
export function layerFrom(cells, size) {
  const layer = { counts: new Float32Array(size * size), total: 0, hottest: 0 };
  for (const [cell, count] of cells) {
    if (cell < size * size) put(layer, Math.floor(cell / size), cell % size, count, size);
  }
  return layer;
}

/**
 * @param {any} record in the services' JSON form
 * @returns {Grid | null} null if it is invalid
 */
export function decodeGrid(record) {
  const size = record?.["grid-size"];
  if (!isSize(size) || !record.value) return null;
  return {
    kind: "grid",
    start: record.start,
    end: record.end,
    size,
    moves: decodeLayer(record.value, size),
    clicks: decodeLayer(record.clicks ?? {}, size),
    unplaced: numberOrNull(record.totals?.unplaced) ?? 0,
    visitors: record.visitors ?? 0,
    newest: numberOrNull(record.newest),
    page: record.page ?? null,
  };
}

/**
 * The grid of a page without events.
 *
 * @param {number} size
 * @returns {Grid}
 */
export function emptyGrid(size) {
  const moves = layerFrom(new Map(), size);
  const clicks = layerFrom(new Map(), size);
  const nothing = { unplaced: 0, visitors: 0, newest: null, page: null };
  return { kind: "grid", start: 0, end: 0, size, moves, clicks, ...nothing };
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

/**
 * @param {Record<string, Record<string, number>>} cells column → row → count
 * @param {number} size
 * @returns {Layer}
 */
function decodeLayer(cells, size) {
  const layer = { counts: new Float32Array(size * size), total: 0, hottest: 0 };
  for (const [column, rows] of Object.entries(cells)) {
    for (const [row, count] of Object.entries(rows)) {
      if (!isTile(Number(column), size) || !isTile(Number(row), size) || !(count > 0)) continue;
      put(layer, Number(column), Number(row), count, size);
    }
  }
  return layer;
}

/** @param {Layer} layer @param {number} column @param {number} row @param {number} count @param {number} size */
function put(layer, column, row, count, size) {
  layer.counts[row * size + column] = count;
  layer.total += count;
  layer.hottest = Math.max(layer.hottest, count);
}

/** Whether it is a valid number of tiles per side. @param {unknown} size */
export function isSize(size) {
  return Number.isInteger(size) && Number(size) >= 1 && Number(size) <= MAX_SIZE;
}

/** @param {number} index @param {number} size */
function isTile(index, size) {
  return Number.isInteger(index) && index >= 0 && index < size;
}

/** @param {unknown} value */
function numberOrNull(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
