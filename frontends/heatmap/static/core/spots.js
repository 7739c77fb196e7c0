/**
 * An element's events as a field of heat over its box: a round spot at each place.
 *
 * A spot has the same size in px on every element, so heat looks alike on a button and on a picture. It is
 * smaller on a small box, and larger where places are coarser than it. Its height is its count;
 * overlapping spots add up.
 */

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

/** Canvas pixels per standard deviation: enough to hide the browser's interpolation. */
const PIXELS_A_SIGMA = 2.75;

/** Pixels per side for any element size: this bounds the work. */
const MAX_SIDE = 400;

/** @typedef {{ width: number, height: number, sigma: number }} Shape in canvas pixels */

/**
 * The canvas size for an element's box.
 *
 * @param {number} width CSS px, above 0
 * @param {number} height CSS px, above 0
 * @param {number} spots places along each side
 * @returns {Shape}
 */
export function shapeOf(width, height, spots) {
  const fitting = Math.min(
    SIGMA_PX,
    Math.max(MIN_SIGMA_PX, SIGMA_OF_SIDE * Math.min(width, height)),
  );
  const sigma = Math.max(fitting, (SIGMA_OF_PLACE * Math.max(width, height)) / spots);
  const pixel = Math.max(sigma / PIXELS_A_SIGMA, Math.max(width, height) / MAX_SIDE);
  return {
    width: Math.ceil(width / pixel),
    height: Math.ceil(height / pixel),
    sigma: sigma / pixel,
  };
}

/**
 * Fills a field with the spots' heat, row by row.
 *
 * @param {Map<number, number>} counts by place: `row * spots + column`
 * @param {number} spots places along each side
 * @param {Shape} shape
 * @param {Float32Array} field of shape.width × shape.height
 * @returns {number} the field's peak
 */
export function fill(counts, spots, { width, height, sigma }, field) {
  field.fill(0);
  const columns = bells(width, spots, sigma);
  const rows = bells(height, spots, sigma);
  let peak = 0;
  for (const [place, count] of counts) {
    const across = columns(place % spots);
    const down = rows(Math.floor(place / spots));
    for (let j = 0; j < down.weights.length; j++) {
      const from = (down.first + j) * width + across.first;
      const weight = count * down.weights[j];
      for (let i = 0; i < across.weights.length; i++) {
        field[from + i] += weight * across.weights[i];
        if (field[from + i] > peak) peak = field[from + i];
      }
    }
  }
  return peak;
}

/** @typedef {{ first: number, weights: Float32Array }} Bell */

/** Sides whose bells are cached, some KB each: each breakdown has mostly the same elements. */
const MAX_SIDES = 256;

/** @type {Map<string, Bell[]>} */
const known = new Map();

/**
 * The bells at each place along a side, computed on demand.
 *
 * @param {number} length of the side, in pixels
 * @param {number} spots places along it
 * @param {number} sigma
 * @returns {(place: number) => Bell}
 */
function bells(length, spots, sigma) {
  const key = `${length} ${spots} ${sigma}`;
  const made = known.get(key) ?? [];
  if (made.length === 0) {
    if (known.size >= MAX_SIDES) known.clear();
    known.set(key, made);
  }
  return (place) => {
    made[place] ??= bell(((place + 0.5) * length) / spots, sigma, length);
    return made[place];
  };
}

/**
 * A Gaussian along one side, of height 1, that falls to 0 without an edge.
 *
 * @param {number} at centre, in pixels
 * @param {number} sigma
 * @param {number} length of the side
 * @returns {Bell}
 */
function bell(at, sigma, length) {
  const first = Math.max(0, Math.floor(at - REACH * sigma));
  const last = Math.min(length - 1, Math.ceil(at + REACH * sigma));
  const end = Math.exp(-0.5 * REACH * REACH);
  const weights = new Float32Array(last - first + 1);
  for (let i = 0; i < weights.length; i++) {
    const distance = (first + i + 0.5 - at) / sigma;
    weights[i] = Math.max(0, (Math.exp(-0.5 * distance * distance) - end) / (1 - end));
  }
  return { first, weights };
}
