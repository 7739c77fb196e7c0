/**
 * Heat to pixels: a few per tile, which CSS stretches over the page.
 *
 * A bare tile has its count's colour. A smooth field is scaled so that its peak has the hottest tile's
 * count: the legend applies to both, and is exact at the peak.
 *
 * @typedef {import("./heat.js").Heat} Heat
 * @typedef {import("./heat.js").LayerName} LayerName
 * @typedef {{
 *   layers: readonly LayerName[], smooth: boolean, tileWidth: number, tileHeight: number, softness?: number,
 * }} Look
 *   Lengths are CSS px, as shown. `softness` is the minimum standard deviation of a tile's heat, for
 *   tiles too small to distinguish.
 * @typedef {import("./colours.js").ColourTable} ColourTable
 * @typedef {{ width: number, height: number, pixels: Uint8ClampedArray<ArrayBuffer> }} Picture
 *   `pixels` holds red, green, blue, alpha, and is reused for the next picture.
 */

import { COLOURS, STEPS } from "./colours.js";
import { LAYERS } from "./heat.js";
import { kernel, spread } from "./smooth.js";

/** CSS px per canvas pixel: few enough that the browser's interpolation is invisible. */
const PX_A_PIXEL = 7;
const MIN_PIXELS_A_TILE = 2;
const MAX_PIXELS_A_TILE = 12;
const BARE_PIXELS_A_TILE = 4;

/** Pixels per side for any grid size: this bounds a frame's work. */
const MAX_SIDE = 600;

/**
 * How far a tile spreads, as standard deviations.
 *
 * @typedef {{ way: "mean" | "spots", least: number, most: number, round: (look: Look) => number }} Spread
 *   `round` is the target, in CSS px, so that spots are round on the page. `least` and `most`, in tiles,
 *   limit it: less would show the edges of tiles or pixels, more would blur too much.
 * @type {Record<LayerName, Spread>}
 */
const SPREADS = {
  moves: {
    way: "mean",
    least: 0.6,
    most: 1.4,
    round: ({ tileWidth, tileHeight }) => 0.6 * Math.max(tileWidth, tileHeight),
  },
  clicks: {
    way: "spots",
    least: 0.1,
    most: 0.9,
    round: ({ tileWidth, tileHeight }) => 0.3 * Math.sqrt(tileWidth * tileHeight),
  },
};

export class Raster {
  #field = new Float32Array();
  #scratch = new Float32Array();
  #pixels = new Uint8ClampedArray();
  /** @type {Map<string, import("./smooth.js").Kernel>} */
  #kernels = new Map();

  /**
   * @param {Heat} heat
   * @param {Look} look
   * @returns {Picture}
   */
  draw(heat, look) {
    const { size } = heat;
    const across = look.smooth ? smoothPixels(size, look.tileWidth) : barePixels(size);
    const down = look.smooth ? smoothPixels(size, look.tileHeight) : barePixels(size);
    const width = Math.round(across * size);
    const height = Math.round(down * size);
    this.#fit(size, width, height);
    this.#pixels.fill(0);
    for (const name of LAYERS) {
      if (!look.layers.includes(name)) continue;
      const { counts, hottest, maximum } = heat[name];
      if (hottest === 0) continue;
      let peak = hottest;
      if (look.smooth) peak = this.#spread(counts, size, name, look, width, height);
      else repeat(counts, size, across, look.layers.length > 1 && name === "clicks", this.#field);
      colour(this.#field, hottest / peak / maximum, COLOURS[name], this.#pixels);
    }
    return { width, height, pixels: this.#pixels };
  }

  /** @param {number} size @param {number} width @param {number} height */
  #fit(size, width, height) {
    if (this.#pixels.length === 4 * width * height) return;
    this.#pixels = new Uint8ClampedArray(4 * width * height);
    this.#field = new Float32Array(width * height);
    this.#scratch = new Float32Array(size * width);
  }

  /**
   * @param {Float32Array} counts
   * @param {number} size
   * @param {LayerName} name
   * @param {Look} look
   * @param {number} width
   * @param {number} height
   */
  #spread(counts, size, name, look, width, height) {
    const { way, least, most, round } = SPREADS[name];
    const sigma = (/** @type {number} */ tileLength) =>
      Math.max(least, Math.min(most, round(look) / tileLength), (look.softness ?? 0) / tileLength);
    return spread(
      counts,
      size,
      this.#kernel(size, width, sigma(look.tileWidth), way),
      this.#kernel(size, height, sigma(look.tileHeight), way),
      this.#field,
      this.#scratch,
    );
  }

  /**
   * @param {number} tiles
   * @param {number} points
   * @param {number} sigma
   * @param {"mean" | "spots"} way
   */
  #kernel(tiles, points, sigma, way) {
    const key = `${way} ${tiles} ${points} ${sigma.toFixed(2)}`;
    const known = this.#kernels.get(key) ?? kernel(tiles, points, sigma, way);
    // Resizing a window creates many aspect ratios; only the last ones are kept.
    if (this.#kernels.size > 8) this.#kernels.clear();
    this.#kernels.set(key, known);
    return known;
  }
}

/** Pixels along a smooth tile. @param {number} size @param {number} tileLength */
function smoothPixels(size, tileLength) {
  const wanted = Math.round(tileLength / PX_A_PIXEL);
  const bounded = Math.max(MIN_PIXELS_A_TILE, Math.min(MAX_PIXELS_A_TILE, wanted));
  return Math.min(bounded, MAX_SIDE / size);
}

/** Pixels along a bare tile: one would do, but an inset tile needs more. @param {number} size */
function barePixels(size) {
  return Math.min(BARE_PIXELS_A_TILE, Math.floor(MAX_SIDE / size));
}

/**
 * Fills a field with bare tiles.
 *
 * @param {Float32Array} counts
 * @param {number} size
 * @param {number} each pixels along a tile
 * @param {boolean} inside leave a border of one pixel, so the layer below stays visible
 * @param {Float32Array} field
 */
function repeat(counts, size, each, inside, field) {
  const rim = inside ? 1 : 0;
  const width = size * each;
  field.fill(0);
  for (const [tile, count] of counts.entries()) {
    if (count === 0) continue;
    const left = (tile % size) * each;
    const top = Math.floor(tile / size) * each;
    for (let y = top + rim; y < top + each - rim; y++) {
      field.fill(count, y * width + left + rim, y * width + left + each - rim);
    }
  }
}

/**
 * Blends a field's colours over the pixels.
 *
 * @param {Float32Array} field
 * @param {number} gain field value → position on the scale, 0 to 1
 * @param {ColourTable} table
 * @param {Uint8ClampedArray<ArrayBuffer>} pixels not premultiplied
 */
export function colour(field, gain, table, pixels) {
  const factor = gain * (STEPS - 1);
  // Four bytes at a time: nearly every pixel is either cold or has nothing below it.
  const whole = new Uint32Array(pixels.buffer);
  const colours = new Uint32Array(table.buffer);
  for (let i = 0; i < field.length; i++) {
    const step = Math.min(STEPS - 1, (field[i] * factor + 0.5) | 0);
    if (step === 0) continue;
    if (whole[i] === 0) whole[i] = colours[step];
    else mix(table, 4 * step, pixels, 4 * i);
  }
}

/**
 * Blends one colour over one pixel.
 *
 * @param {ColourTable} table
 * @param {number} from
 * @param {Uint8ClampedArray} pixels
 * @param {number} to
 */
function mix(table, from, pixels, to) {
  const above = table[from + 3];
  const below = (pixels[to + 3] * (255 - above)) / 255;
  const alpha = above + below;
  for (let channel = 0; channel < 3; channel++) {
    const mixed = table[from + channel] * above + pixels[to + channel] * below;
    pixels[to + channel] = mixed / alpha;
  }
  pixels[to + 3] = alpha;
}
