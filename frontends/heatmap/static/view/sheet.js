/**
 * One sheet of the grid on a small canvas that CSS stretches: its tiles in and near the viewport.
 *
 * @typedef {import("../core/grid.js").Sheet} Counts
 * @typedef {import("../core/band.js").Band} Band
 */

import { cut } from "../core/band.js";
import { advance, cold, LAYERS } from "../core/heat.js";
import { Raster } from "../core/raster.js";
import { element } from "./element.js";

const STYLE = "position: absolute; left: 0; width: 100%; max-width: none;";

/** @type {Counts} */
const NOTHING = {
  moves: { counts: new Float32Array(), total: 0, hottest: 0 },
  clicks: { counts: new Float32Array(), total: 0, hottest: 0 },
};

export class Sheet {
  canvas;
  heat = cold(1);
  /** @type {Band} */
  band = { from: 0, to: 1 };
  #context;
  #raster = new Raster();
  /** Apart, as it works in another size. */
  #weigher = new Raster();
  #upwards;
  #counts = NOTHING;
  #row = 0;
  #target = NOTHING;

  /**
   * @param {HTMLElement} parent
   * @param {string} name a class of the canvas
   * @param {boolean} [upwards] rows count from the parent's bottom
   */
  constructor(parent, name, upwards = false) {
    this.canvas = element("canvas", { class: name, style: STYLE });
    this.#context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    this.#upwards = upwards;
    parent.prepend(this.canvas);
  }

  /**
   * Sets what is shown. Heat eases to new counts where it is shown already.
   *
   * @param {Counts} counts
   * @param {{ columns: number, row: number, band: Band }} tiles `row` is their height, px
   * @param {Record<import("../core/heat.js").LayerName, { hottest: number }>} all of the grid
   * @param {boolean} atOnce
   */
  aim(counts, { columns, row, band }, all, atOnce) {
    const same = band === this.band && columns === this.heat.columns;
    const before = { ...this.heat };
    const moved = { from: this.band.from - band.from, rows: this.heat.rows };
    const fresh = atOnce || columns !== before.columns || row !== this.#row;
    if (!same || fresh) this.heat = cold(columns, band.to - band.from);
    if (!same || counts !== this.#counts) this.#target = this.#cut(counts, columns, band, all);
    if (!same && !fresh) {
      for (const name of LAYERS) {
        const layer = this.heat[name];
        layer.maximum = before[name].maximum;
        layer.counts.set(this.#target[name].counts);
        if (!this.#upwards) overlay(before[name].counts, layer.counts, moved.from * columns);
        layer.hottest = Math.max(...layer.counts);
      }
    }
    this.band = band;
    this.#counts = counts;
    this.#row = row;
  }

  /** @param {import("../core/heat.js").FixedMaximum} fixed @param {number} elapsed ms @returns {boolean} whether it is still moving */
  advance(fixed, elapsed) {
    return advance(this.heat, this.#target, fixed, elapsed);
  }

  /** The highest value of its smooth field. @param {"moves" | "clicks"} name @param {import("../core/raster.js").Look} look */
  peakOf(name, look) {
    return this.#weigher.peakOf(this.#counts[name].counts, this.heat.columns, name, look);
  }

  /** @param {import("../core/raster.js").Look} look */
  draw(look) {
    const { canvas, band } = this;
    const { style } = canvas;
    const isCold = LAYERS.every((name) => this.heat[name].hottest === 0);
    const { width, height, pixels } = isCold
      ? { width: 1, height: 1, pixels: new Uint8ClampedArray(4) }
      : this.#raster.draw(this.heat, look);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    style[this.#upwards ? "bottom" : "top"] = `${band.from * look.tileHeight}px`;
    style.height = `${(band.to - band.from) * look.tileHeight}px`;
    this.#context.putImageData(new ImageData(pixels, width, height), 0, 0);
  }

  /**
   * @param {Counts} counts
   * @param {number} columns
   * @param {Band} band
   * @param {Record<import("../core/heat.js").LayerName, { hottest: number }>} all
   * @returns {Counts}
   */
  #cut(counts, columns, band, all) {
    const layer = (/** @type {"moves" | "clicks"} */ name) => ({
      ...counts[name],
      counts: cut(counts[name].counts, columns, band, this.#upwards),
      hottest: all[name].hottest,
    });
    return { moves: layer("moves"), clicks: layer("clicks") };
  }
}

/** Lays one array over another, `offset` further on; negative: what is before it is left out. @param {Float32Array} above @param {Float32Array} below @param {number} offset */
function overlay(above, below, offset) {
  const from = Math.max(0, -offset);
  const to = Math.max(0, offset);
  below.set(
    above.subarray(from, from + Math.max(0, below.length - to)),
    Math.min(to, below.length),
  );
}
