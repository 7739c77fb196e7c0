/**
 * Smooths tiles to a field with Gaussians around their centres, in one of two ways.
 *
 * "mean": each point is the mean of the tiles around it, weighted by distance: a uniform page
 * stays uniform up to its edges. For dense data.
 * "spots": each tile is a spot with its count at the centre. For sparse data.
 *
 * A Gaussian is separable: one pass over rows, one over columns.
 */

/** Beyond this many standard deviations a Gaussian is below 1 %. */
const REACH = 3;

/** @typedef {{ taps: number, first: Int32Array, weights: Float32Array }} Kernel */

/**
 * For each of `points` along a side: the first tile with weight, and the weights from there on.
 *
 * @param {number} tiles along the side
 * @param {number} points along the side, ≥ tiles
 * @param {number} sigma standard deviation, in tiles
 * @param {"mean" | "spots"} way
 * @returns {Kernel}
 */
export function kernel(tiles, points, sigma, way) {
  const taps = Math.min(tiles, 2 * Math.ceil(REACH * sigma) + 1);
  const first = new Int32Array(points);
  const weights = new Float32Array(points * taps);
  for (let point = 0; point < points; point++) {
    const at = ((point + 0.5) * tiles) / points - 0.5;
    first[point] = Math.max(0, Math.min(tiles - taps, Math.round(at) - (taps >> 1)));
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const distance = (first[point] + tap - at) / sigma;
      const weight = Math.exp(-0.5 * distance * distance);
      weights[point * taps + tap] = weight;
      sum += weight;
    }
    if (way === "spots") continue;
    for (let tap = 0; tap < taps; tap++) weights[point * taps + tap] /= sum;
  }
  return { taps, first, weights };
}

/**
 * Spreads counts over a field of `across.first.length` × `down.first.length` points, row by row.
 *
 * @param {Float32Array} counts row by row
 * @param {number} columns
 * @param {Kernel} across
 * @param {Kernel} down
 * @param {Float32Array} field output
 * @param {Float32Array} scratch rows × width, at least
 * @returns {number} the field's peak
 */
export function spread(counts, columns, across, down, field, scratch) {
  const width = across.first.length;
  const warm = spreadRows(counts, columns, across, scratch);
  const { taps, first, weights } = down;
  let peak = 0;
  field.fill(0);
  for (let y = 0; y < first.length; y++) {
    const to = y * width;
    for (let tap = 0; tap < taps; tap++) {
      const row = first[y] + tap;
      if (!warm[row]) continue;
      const weight = weights[y * taps + tap];
      const from = row * width;
      for (let x = 0; x < width; x++) field[to + x] += scratch[from + x] * weight;
    }
    for (let x = 0; x < width; x++) if (field[to + x] > peak) peak = field[to + x];
  }
  return peak;
}

/**
 * @param {Float32Array} counts
 * @param {number} columns
 * @param {Kernel} across
 * @param {Float32Array} scratch filled for rows with heat
 * @returns {boolean[]} whether each row has heat: most rows of a long page have none
 */
function spreadRows(counts, columns, { taps, first, weights }, scratch) {
  const width = first.length;
  const warm = [];
  for (let row = 0; row * columns < counts.length; row++) {
    const start = row * columns;
    warm[row] = counts.subarray(start, start + columns).some((count) => count > 0);
    if (!warm[row]) continue;
    for (let x = 0; x < width; x++) {
      const from = start + first[x];
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) sum += counts[from + tap] * weights[x * taps + tap];
      scratch[row * width + x] = sum;
    }
  }
  return warm;
}
