/**
 * The rows of a sheet that are drawn: those in and near the viewport, however long the page.
 *
 * @typedef {{ from: number, to: number }} Band the rows from `from` to `to`, without the latter
 */

/** Heights of the viewport that are drawn beyond its edges, so that scrolling shows no edge. */
const BEYOND = 1;

/** When less than this part of them is left, the band moves on. */
const LEFT = 0.4;

/**
 * The band for a view. It stays the same while the view moves a little.
 *
 * @param {Band} before
 * @param {{ top: number, bottom: number }} view px of the content
 * @param {number} height of the content, px
 * @param {number} row height, px
 * @returns {Band}
 */
export function bandOf(before, { top, bottom }, height, row) {
  const last = Math.ceil(height / row);
  const around = (/** @type {number} */ beyond) => ({
    from: Math.max(0, Math.floor((top - beyond) / row)),
    to: Math.min(last, Math.ceil((bottom + beyond) / row)),
  });
  const beyond = BEYOND * (bottom - top);
  const least = around(LEFT * beyond);
  const most = around(2 * beyond);
  const suits =
    before.from <= least.from &&
    before.to >= least.to &&
    before.from >= most.from &&
    before.to <= most.to;
  if (suits) return before;
  const { from, to } = around(beyond);
  return { from, to: Math.max(from + 1, to) };
}

/**
 * The counts of a band, row by row.
 *
 * @param {Float32Array} counts of a whole sheet; rows below its end have no events
 * @param {number} columns
 * @param {Band} band
 * @param {boolean} [upwards] the sheet's first row is the band's last
 */
export function cut(counts, columns, { from, to }, upwards = false) {
  const rows = to - from;
  const band = new Float32Array(rows * columns);
  if (!upwards) {
    band.set(counts.subarray(from * columns, to * columns));
    return band;
  }
  for (let row = 0; row < rows; row++) {
    const first = (from + row) * columns;
    band.set(counts.subarray(first, first + columns), (rows - 1 - row) * columns);
  }
  return band;
}
