/**
 * What the broadcaster says, decoded: a text frame in, typed arrays out.
 *
 * A tile's count stands at `counts[row * size + column]`. Times are ms since the epoch by the
 * services' clocks; lengths are CSS px.
 *
 * @typedef {{ counts: Float32Array, total: number, hottest: number }} Layer
 *   `total` is the sum, `hottest` the greatest count.
 * @typedef {{ width: number, height: number }} Size
 * @typedef {{
 *   kind: "grid", start: number, end: number, size: number, moves: Layer, clicks: Layer,
 *   visitors: number, newest: number | null, page: Size | null,
 * }} Grid
 * @typedef {{ kind: "status", state: "live" | "old", time: number, end: number | null }} Status
 */

/** Tiles a side; the services allow no more, and a broken record must not ask for gigabytes. */
const MAX_SIZE = 200;

/**
 * Reads a frame of the broadcaster.
 *
 * @param {string} text
 * @returns {Grid | Status | null} null for what is neither
 */
export function decode(text) {
  let record;
  try {
    record = JSON.parse(text);
  } catch {
    return null;
  }
  return decodeRecord(record);
}

/**
 * Reads a frame that is JSON already.
 *
 * @param {any} record
 * @returns {Grid | Status | null}
 */
export function decodeRecord(record) {
  if (record?.status) {
    const { state, time, end } = record.status;
    const known = (state === "live" || state === "old") && Number.isFinite(time);
    return known ? { kind: "status", state, time, end: numberOrNull(end) } : null;
  }
  const size = record?.["grid-size"];
  if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE || !record.value) return null;
  return {
    kind: "grid",
    start: record.start,
    end: record.end,
    size,
    moves: decodeLayer(record.value, size),
    clicks: decodeLayer(record.clicks ?? {}, size),
    visitors: record.visitors ?? 0,
    newest: numberOrNull(record.newest),
    page: record.page ?? null,
  };
}

/**
 * The grid of a page on which nothing happened.
 *
 * @param {number} size
 * @returns {Grid}
 */
export function emptyGrid(size) {
  const moves = decodeLayer({}, size);
  const clicks = decodeLayer({}, size);
  const nothing = { visitors: 0, newest: null, page: null };
  return { kind: "grid", start: 0, end: 0, size, moves, clicks, ...nothing };
}

/**
 * Whether nothing happened on the page in the grid's window.
 *
 * @param {Grid} grid
 */
export function isEmpty(grid) {
  return grid.moves.total + grid.clicks.total === 0;
}

/**
 * @param {Record<string, Record<string, number>>} cells column → row → count
 * @param {number} size
 * @returns {Layer}
 */
function decodeLayer(cells, size) {
  const counts = new Float32Array(size * size);
  let total = 0;
  let hottest = 0;
  for (const [column, rows] of Object.entries(cells)) {
    for (const [row, count] of Object.entries(rows)) {
      if (!isTile(Number(column), size) || !isTile(Number(row), size) || !(count > 0)) continue;
      counts[Number(row) * size + Number(column)] = count;
      total += count;
      hottest = Math.max(hottest, count);
    }
  }
  return { counts, total, hottest };
}

/** @param {number} index @param {number} size */
function isTile(index, size) {
  return Number.isInteger(index) && index >= 0 && index < size;
}

/** @param {unknown} value */
function numberOrNull(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
