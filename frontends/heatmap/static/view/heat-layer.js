/**
 * The grid's heat on the page: a small canvas that CSS stretches over the whole document.
 *
 * It is redrawn only while something changes.
 */

import { emptyGrid } from "../core/grid.js";
import { advance, cold, PACE_MS } from "../core/heat.js";
import { Raster } from "../core/raster.js";
import { element } from "./element.js";

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

const STYLE = "position: absolute; top: 0; left: 0; width: 100%; height: 100%; max-width: none;";

export class HeatLayer {
  canvas = element("canvas", { class: "heat", style: STYLE });
  heat = cold(1);
  /** @type {import("../core/grid.js").Grid | null} */
  #grid = null;
  #context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
  #raster = new Raster();
  #drawn;
  #frame = 0;
  #drawnAt = 0;
  #due = 0;
  #stage;
  #turns;
  /** @type {readonly import("../core/heat.js").LayerName[]} */
  #layers = [];
  /** @type {import("./preferences.js").Preferences} */
  #preferences;

  /**
   * @param {import("./stage.js").Stage} stage
   * @param {import("./turns.js").Turns} turns of all layers
   * @param {import("./preferences.js").Preferences} preferences
   * @param {() => void} drawn called after each drawing
   */
  constructor(stage, turns, preferences, drawn) {
    this.#stage = stage;
    this.#turns = turns;
    this.#drawn = drawn;
    this.#preferences = preferences;
    stage.flow.prepend(this.canvas);
    this.apply(preferences, []);
  }

  /**
   * Sets the grid to show; null shows a page without heat.
   *
   * @param {import("../core/grid.js").Grid | null} grid
   * @param {boolean} [atOnce] without easing, as for another page
   */
  show(grid, atOnce = false) {
    if (grid === this.#grid && !atOnce) return;
    this.#grid = grid;
    this.#due = 0;
    const size = grid?.size ?? this.heat.size;
    if (atOnce || size !== this.heat.size) this.heat = cold(size);
    this.redraw();
  }

  /**
   * @param {import("./preferences.js").Preferences} preferences
   * @param {readonly import("../core/heat.js").LayerName[]} layers to show
   */
  apply(preferences, layers) {
    this.#preferences = preferences;
    this.#layers = layers;
    this.canvas.style.opacity = String(preferences.opacity / 100);
    this.canvas.style.imageRendering = preferences.smooth ? "auto" : "pixelated";
    this.redraw();
  }

  redraw() {
    this.#frame ||= requestAnimationFrame((now) => this.#draw(now));
  }

  remove() {
    cancelAnimationFrame(this.#frame);
  }

  /** @param {number} now */
  #draw(now) {
    this.#frame = 0;
    if (now < this.#due || !this.#turns.take(now)) return this.redraw();
    const elapsed = this.#drawnAt ? now - this.#drawnAt : PACE_MS;
    const { smooth, fixed, maximum } = this.#preferences;
    const target = this.#grid ?? emptyGrid(this.heat.size);
    const moving = advance(
      this.heat,
      target,
      fixed ? maximum : { moves: null, clicks: null },
      stillness.matches ? Number.POSITIVE_INFINITY : elapsed,
    );
    const { size } = this.heat;
    const { width, height, pixels } = this.#raster.draw(this.heat, {
      layers: this.#layers,
      smooth,
      tileWidth: this.#stage.width / size,
      tileHeight: this.#stage.height / size,
    });
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.#context.putImageData(new ImageData(pixels, width, height), 0, 0);
    this.#drawn();
    this.#drawnAt = moving ? now : 0;
    this.#due = now + PACE_MS;
    if (moving) this.redraw();
  }
}
