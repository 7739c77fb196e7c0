/**
 * A layer that lies across the page in rows: attention, or how far page views scrolled.
 *
 * The rows are one column of pixels, which CSS stretches to the width of what scrolls. Only those in and near the
 * window are drawn, and only while something changes. Values and scale ease as those of tiles do.
 */

import { bandOf } from "../core/band.js";
import { COLOURS } from "../core/colours.js";
import { advanceCounts, advanceScale, PACE_MS } from "../core/heat.js";
import { valuesOf } from "../core/looks.js";
import { colour } from "../core/raster.js";
import { clearBars } from "./clear-bars.js";
import { element } from "./element.js";
import { RowLines } from "./row-lines.js";

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

const FILLING = "position: absolute; top: 0; left: 0; width: 100%;";

/** Percent: the whole scale of shares. */
const ALL = 100;

export class RowLayer {
  /** @type {import("../core/heat.js").ShownLayer} */
  scale = { counts: new Float32Array(), hottest: 0, maximum: 0 };
  #canvas = element("canvas", { width: 1, height: 1, style: `${FILLING} max-width: none;` });
  #lines = new RowLines();
  #node = element(
    "div",
    { class: "rows", style: `${FILLING} height: 100%;`, hidden: true },
    this.#canvas,
    this.#lines.node,
  );
  #context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
  #stage;
  #turns;
  #drawn;
  /** @type {import("../core/grid.js").Grid | null} */
  #grid = null;
  /** @type {import("../core/looks.js").RowLayer | null} */
  #layer = null;
  #target = new Float32Array();
  /** @type {number | null} */
  #fixed = null;
  #band = { from: 0, to: 1 };
  #frame = 0;
  #drawnAt = 0;
  #due = 0;

  /**
   * @param {import("./stage.js").Stage} stage
   * @param {import("./turns.js").Turns} turns of all layers
   * @param {() => void} drawn called after each drawing
   */
  constructor(stage, turns, drawn) {
    this.#stage = stage;
    this.#turns = turns;
    this.#drawn = drawn;
    stage.flow.append(this.#node);
  }

  /** @param {import("../core/grid.js").Grid | null} grid null shows nothing @param {boolean} atOnce without easing */
  show(grid, atOnce) {
    if (grid === this.#grid && !atOnce) return;
    this.#grid = grid;
    if (this.#layer) this.#aim(atOnce);
  }

  /**
   * @param {import("../core/looks.js").RowLayer | null} layer null shows nothing
   * @param {{ opacity: number, smooth: boolean }} preferences `opacity` in percent
   * @param {number | null} fixed the scale's end, null for the highest value
   */
  apply(layer, { opacity, smooth }, fixed) {
    const another = layer !== this.#layer;
    this.#layer = layer;
    this.#fixed = layer === "scroll" ? ALL : fixed;
    this.#node.hidden = layer === null;
    this.#canvas.style.opacity = String(opacity / 100);
    this.#canvas.style.imageRendering = smooth ? "auto" : "pixelated";
    if (layer) this.#aim(another);
  }

  /** Marks a place, px of what scrolls; null for none. @param {number | null} y @param {string} text */
  point(y, text) {
    this.#lines.point(this.#layer ? y : null, text, this.#row, this.#stage.scale);
  }

  /** Adopts the stage's size and view. @param {(box: import("../core/boxes.js").Box) => import("../core/boxes.js").Box} uncovered */
  follow(uncovered) {
    if (!this.#layer) return;
    const { view, height, scale } = this.#stage;
    const band = bandOf(this.#band, view, height, this.#row * scale);
    if (band !== this.#band) {
      this.#band = band;
      this.#paint();
    }
    clearBars(this.#node, uncovered);
  }

  /** The stage has another size. */
  resize() {
    if (this.#layer) this.#aim(false);
  }

  redraw() {
    this.#frame ||= requestAnimationFrame((now) => this.#draw(now));
  }

  remove() {
    cancelAnimationFrame(this.#frame);
  }

  get #row() {
    return this.#grid?.looks.row ?? 1;
  }

  /** @param {boolean} atOnce */
  #aim(atOnce) {
    const grid = this.#grid;
    const height = grid?.page?.height ?? null;
    if (!this.#layer) return;
    this.#target = new Float32Array(grid ? valuesOf(this.#layer, grid.looks, height) : []);
    const { scale } = this;
    if (atOnce) {
      scale.maximum = 0;
      scale.counts = new Float32Array(this.#target);
    } else if (scale.counts.length < this.#target.length) {
      const longer = new Float32Array(this.#target.length);
      longer.set(scale.counts);
      scale.counts = longer;
    }
    this.#lines.show(this.#layer === "scroll" ? grid : null, this.#stage.scale);
    this.#due = 0;
    this.redraw();
  }

  /** @param {number} now */
  #draw(now) {
    this.#frame = 0;
    if (!this.#layer) return;
    if (now < this.#due || !this.#turns.take(now)) return this.redraw();
    const glided = this.#drawnAt ? now - this.#drawnAt : PACE_MS;
    const elapsed = stillness.matches ? Number.POSITIVE_INFINITY : glided;
    const { scale } = this;
    let highest = 0;
    for (const value of this.#target) if (value > highest) highest = value;
    const end = this.#fixed ?? this.#grid?.scale?.attention ?? highest;
    const rescaling = advanceScale(scale, highest && end, elapsed);
    const moving = advanceCounts(scale, this.#target, elapsed);
    if (scale.hottest === 0 && highest === 0) scale.maximum = 0;
    this.#paint();
    this.#drawn();
    this.#drawnAt = rescaling || moving ? now : 0;
    this.#due = now + PACE_MS;
    if (this.#drawnAt) this.redraw();
  }

  #paint() {
    const { counts, maximum } = this.scale;
    const { from, to } = this.#band;
    const image = new ImageData(1, to - from);
    const shown = counts.subarray(from, to);
    if (this.#layer && maximum > 0) colour(shown, 1 / maximum, COLOURS[this.#layer], image.data);
    const { style } = this.#canvas;
    const row = this.#row * this.#stage.scale;
    if (this.#canvas.height !== to - from) this.#canvas.height = to - from;
    style.top = `${from * row}px`;
    style.height = `${(to - from) * row}px`;
    this.#context.putImageData(image, 0, 0);
  }
}
