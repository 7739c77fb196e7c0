/**
 * Heat to pixels: a few per tile, which CSS stretches over the page.
 *
 * A bare tile has its count's colour. A smooth field is scaled so that its peak has the hottest tile's
 * count: the legend applies to both, and is exact at the peak. Where only a part is drawn, the peak is that of
 * the whole: `peakOf` finds it.
 *
 * @typedef {import("./heat.js").Heat} Heat
 * @typedef {import("./heat.js").LayerName} LayerName
 * @typedef {{
 *   layers: readonly LayerName[], smooth: boolean, tileWidth: number, tileHeight: number, softness?: number,
 *   lift?: Record<LayerName, number>,
 * }} Look
 *   Lengths are CSS px, as shown. `softness` is the minimum standard deviation of a tile's heat, for
 *   tiles too small to distinguish. `lift` is the whole's hottest count relative to its field's peak; by
 *   default, that of what is drawn.
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
    const { columns, rows } = heat;
    const across = look.smooth ? smoothPixels(columns, look.tileWidth) : barePixels(columns);
    const down = look.smooth ? smoothPixels(rows, look.tileHeight) : barePixels(rows);
    const width = Math.round(across * columns);
    const height = Math.round(down * rows);
    this.#fit(rows, width, height);
    this.#pixels.fill(0);
    for (const name of LAYERS) {
      if (!look.layers.includes(name)) continue;
      const { counts, hottest, maximum } = heat[name];
      if (hottest === 0) continue;
      let lift = 1;
      if (look.smooth) {
        const peak = this.#spread(counts, columns, name, look, width, height);
        lift = look.lift?.[name] ?? hottest / peak;
      } else {
        const inside = look.layers.length > 1 && name === "clicks";
        repeat(counts, columns, { across, down, inside }, this.#field);
      }
      colour(this.#field, lift / maximum, COLOURS[name], this.#pixels);
    }
    return { width, height, pixels: this.#pixels };
  }

  /**
   * The peak of a layer's smooth field, found tile by tile.
   *
   * @param {Float32Array} counts
   * @param {number} columns
   * @param {LayerName} name
   * @param {Look} look
   */
  peakOf(counts, columns, name, look) {
    const rows = counts.length / columns;
    if (rows === 0) return 0;
    this.#fit(rows, columns, rows);
    return this.#spread(counts, columns, name, look, columns, rows);
  }

  /** @param {number} rows @param {number} width @param {number} height */
  #fit(rows, width, height) {
    if (this.#pixels.length !== 4 * width * height) {
      this.#pixels = new Uint8ClampedArray(4 * width * height);
      this.#field = new Float32Array(width * height);
    }
    if (this.#scratch.length < rows * width) this.#scratch = new Float32Array(rows * width);
  }

  /**
   * @param {Float32Array} counts
   * @param {number} columns
   * @param {LayerName} name
   * @param {Look} look
   * @param {number} width
   * @param {number} height
   */
  #spread(counts, columns, name, look, width, height) {
    const { way, least, most, round } = SPREADS[name];
    const sigma = (/** @type {number} */ tileLength) =>
      Math.max(least, Math.min(most, round(look) / tileLength), (look.softness ?? 0) / tileLength);
    return spread(
      counts,
      columns,
      this.#kernel(columns, width, sigma(look.tileWidth), way),
      this.#kernel(counts.length / columns, height, sigma(look.tileHeight), way),
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

/** Pixels along a smooth tile. @param {number} tiles @param {number} tileLength */
function smoothPixels(tiles, tileLength) {
  const wanted = Math.round(tileLength / PX_A_PIXEL);
  const bounded = Math.max(MIN_PIXELS_A_TILE, Math.min(MAX_PIXELS_A_TILE, wanted));
  return Math.min(bounded, MAX_SIDE / tiles);
}

/** Pixels along a bare tile: one would do, but an inset tile needs more. @param {number} tiles */
function barePixels(tiles) {
  return Math.max(1, Math.min(BARE_PIXELS_A_TILE, Math.floor(MAX_SIDE / tiles)));
}

/**
 * Fills a field with bare tiles.
 *
 * @param {Float32Array} counts
 * @param {number} columns
 * @param {{ across: number, down: number, inside: boolean }} tile its pixels; `inside`: leave a border of one,
 *   so the layer below stays visible
 * @param {Float32Array} field
 */
function repeat(counts, columns, { across, down, inside }, field) {
  const width = columns * across;
  const [rim, rimBelow] = [inside && across > 2 ? 1 : 0, inside && down > 2 ? 1 : 0];
  field.fill(0);
  for (let tile = 0; tile < counts.length; tile++) {
    const count = counts[tile];
    if (count === 0) continue;
    const left = (tile % columns) * across;
    const top = Math.floor(tile / columns) * down;
    for (let y = top + rimBelow; y < top + down - rimBelow; y++) {
      field.fill(count, y * width + left + rim, y * width + left + across - rim);
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
