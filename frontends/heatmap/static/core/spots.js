/**
 * An element's events as a field of heat over its box: a round spot at each place.
 *
 * A spot has the same size in px on every element, so heat looks alike on a button and on a picture. It is
 * smaller on a small box, and larger where places are coarser than it. Its height is its count;
 * overlapping spots add up. Of a long box, only a part is drawn.
 *
 * A place is `column * ROWS + row`. docs/protocol.md says where it is: on a small side, columns and rows divide
 * the box; on a long one, columns are narrower, and rows have px.
 *
 * @typedef {{ spots: number, spotPx: number }} Division
 *   `spots` along a small side, `spotPx` along a long one.
 * @typedef {{ width: number, height: number }} Box CSS px, above 0
 * @typedef {{ top: number, height: number }} Part of the box that is drawn, CSS px from its top
 * @typedef {{ width: number, height: number, sigma: number, rim: number }} Shape
 *   Size of the canvas, in its pixels; of a spot, in CSS px; and how far the canvas reaches beyond the part of
 *   the box on each side, CSS px, so that no spot ends at an edge.
 */

/** Numbers of columns and rows that a place can have. */
export const COLUMNS = 512;
export const ROWS = 8192;

/** On a long side there are as many columns as this has places of `spotPx`. */
const WIDE_PX = 2048;

/** Standard deviation of a spot, CSS px: the precision of a fingertip. */
const SIGMA_PX = 11;

/** On a small box: this part of its shorter side, so a spot does not fill it … */
const SIGMA_OF_SIDE = 0.18;

/** … but at least this, to stay visible. */
const MIN_SIGMA_PX = 3.5;

/** At least this part of the distance between two places, for places further apart than a spot. */
const SIGMA_OF_PLACE = 0.3;

/** A spot's radius, in standard deviations. */
const REACH = 3;

/** A Gaussian's height there: all heights are lowered by it. */
const END = Math.exp(-0.5 * REACH * REACH);

/** Canvas pixels per standard deviation: enough to hide the browser's interpolation. */
const PIXELS_A_SIGMA = 2.75;

/** Pixels per side for any element size: this bounds the work. */
const MAX_SIDE = 600;

/** A spot's weights, filled for one after the other: there are thousands. */
const [ACROSS, DOWN] = [new Float32Array(MAX_SIDE + 1), new Float32Array(MAX_SIDE + 1)];

/**
 * The canvas for a part of an element's box.
 *
 * @param {Box} box
 * @param {Part} part
 * @returns {Shape}
 */
export function shapeOf(box, part) {
  const sigma = sigmaOf(box);
  const rim = rimOf(box);
  const [width, height] = [box.width + 2 * rim, part.height + 2 * rim];
  const pixel = Math.max(sigma / PIXELS_A_SIGMA, Math.max(width, height) / MAX_SIDE);
  return { width: Math.ceil(width / pixel), height: Math.ceil(height / pixel), sigma, rim };
}

/** How far a spot at a box's edge reaches beyond it, CSS px. @param {Box} box */
export const rimOf = (box) => REACH * sigmaOf(box);

/** @param {Box} box */
const sigmaOf = ({ width, height }) =>
  Math.min(SIGMA_PX, Math.max(MIN_SIGMA_PX, SIGMA_OF_SIDE * Math.min(width, height)));

/**
 * Fills a field with the spots' heat, row by row.
 *
 * @param {Map<number, number>} counts by place
 * @param {Division} division
 * @param {Box} box
 * @param {Part} part
 * @param {Shape} shape
 * @param {Float32Array} field of shape.width × shape.height
 * @returns {number} the field's peak
 */
export function fill(counts, division, box, part, shape, field) {
  field.fill(0);
  const { rim } = shape;
  const across = shape.width / (box.width + 2 * rim);
  const down = shape.height / (part.height + 2 * rim);
  for (const [place, count] of counts) {
    const { x, y, vague } = spotAt(place, division, box);
    const sigma = Math.max(shape.sigma, SIGMA_OF_PLACE * vague);
    const columns = bell((x + rim) * across, sigma * across, shape.width, ACROSS);
    const rows = bell((y - part.top + rim) * down, sigma * down, shape.height, DOWN);
    for (let j = 0; j < rows.length; j++) {
      const from = (rows.first + j) * shape.width + columns.first;
      const weight = count * DOWN[j];
      for (let i = 0; i < columns.length; i++) field[from + i] += weight * ACROSS[i];
    }
  }
  let peak = 0;
  for (let i = 0; i < field.length; i++) if (field[i] > peak) peak = field[i];
  return peak;
}

/**
 * The peak of the whole box's field, found part by part.
 *
 * @param {Map<number, number>} counts by place
 * @param {Division} division
 * @param {Box} box
 * @param {number} height of a part, CSS px
 */
export function peakOf(counts, division, box, height) {
  /** @type {Map<number, Map<number, number>>} */
  const parts = new Map();
  for (const [place, count] of counts) {
    // A spot at a part's edge reaches into the next, where it is no higher.
    const number = Math.floor(spotAt(place, division, box).y / height);
    const part = parts.get(number) ?? new Map();
    parts.set(number, part.set(place, count));
  }
  const shape = shapeOf(box, { top: 0, height });
  const field = new Float32Array(shape.width * shape.height);
  const peaks = [...parts].map(([number, spots]) =>
    fill(spots, division, box, { top: number * height, height }, shape, field),
  );
  return Math.max(0, ...peaks);
}

/**
 * A place's middle, in CSS px of the box, and how far apart such places are.
 *
 * @param {number} place
 * @param {Division} division
 * @param {Box} box
 */
function spotAt(place, { spots, spotPx }, { width, height }) {
  const [column, row] = [Math.floor(place / ROWS), place % ROWS];
  const isWide = column >= spots;
  const isHigh = row >= spots;
  const across = width / (isWide ? Math.max(1, WIDE_PX / spotPx) : spots);
  const down = isHigh ? spotPx : height / spots;
  return {
    x: (column - (isWide ? spots : 0) + 0.5) * across,
    y: Math.min(height, (row - (isHigh ? spots : 0) + 0.5) * down),
    vague: Math.max(across, down),
  };
}

/**
 * A Gaussian along one side, of height 1, that falls to 0 without an edge.
 *
 * @param {number} at centre, in pixels
 * @param {number} sigma
 * @param {number} length of the side
 * @param {Float32Array} weights is filled with as many as `length` says: none if it is elsewhere
 * @returns {{ first: number, length: number }}
 */
function bell(at, sigma, length, weights) {
  const first = Math.max(0, Math.floor(at - REACH * sigma));
  const last = Math.min(length - 1, Math.ceil(at + REACH * sigma));
  const heightAt = (/** @type {number} */ distance) => Math.exp(-0.5 * distance * distance);
  // The pixel at the centre has all of the count, wherever in it the centre is.
  const most = heightAt((Math.floor(at) + 0.5 - at) / sigma) - END;
  // From one pixel to the next, a Gaussian's height changes by a factor that changes by a constant factor.
  const step = 1 / sigma;
  const begin = (first + 0.5 - at) / sigma;
  let height = heightAt(begin);
  let factor = Math.exp(-step * (begin + step / 2));
  const change = Math.exp(-step * step);
  for (let i = 0; i <= last - first; i++) {
    weights[i] = height > END ? (height - END) / most : 0;
    height *= factor;
    factor *= change;
  }
  return { first, length: Math.max(0, last - first + 1) };
}
