/**
 * The heat on the page: a small canvas, stretched by CSS over the whole document.
 *
 * It stands in page coordinates, so it scrolls with the page by itself; the pointer goes through it.
 * It is drawn only while something changes.
 */

import { emptyGrid } from "../core/grid.js";
import { advance, cold } from "../core/heat.js";
import { Raster } from "../core/raster.js";
import { element } from "./element.js";

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

const STYLE = "position: absolute; top: 0; left: 0; max-width: none; pointer-events: none;";

export class HeatLayer {
  canvas = element("canvas", { class: "heat", style: STYLE, "aria-hidden": "true" });
  heat = cold(1);
  /** @type {import("../core/grid.js").Grid | null} */
  #grid = null;
  #context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
  #raster = new Raster();
  #drawn;
  #frame = 0;
  #drawnAt = 0;
  #width = 0;
  #height = 0;
  /** @type {import("./preferences.js").Preferences} */
  #preferences;

  /**
   * @param {import("./preferences.js").Preferences} preferences
   * @param {() => void} drawn is called after each drawing
   */
  constructor(preferences, drawn) {
    this.#drawn = drawn;
    this.#preferences = preferences;
    this.apply(preferences);
  }

  /**
   * The grid to show from now on; null shows a page without heat.
   *
   * @param {import("../core/grid.js").Grid | null} grid
   * @param {boolean} [atOnce] without gliding, as for another page
   */
  show(grid, atOnce = false) {
    if (grid === this.#grid && !atOnce) return;
    this.#grid = grid;
    const size = grid?.size ?? this.heat.size;
    if (atOnce || size !== this.heat.size) this.heat = cold(size);
    this.redraw();
  }

  /** @param {import("./preferences.js").Preferences} preferences */
  apply(preferences) {
    this.#preferences = preferences;
    this.canvas.style.opacity = String(preferences.opacity / 100);
    this.canvas.style.imageRendering = preferences.smooth ? "auto" : "pixelated";
    this.redraw();
  }

  /** Takes on the document's size and place; cheap enough for once a second. */
  fit() {
    const { canvas } = this;
    // Hidden, or it would itself keep a document from shrinking.
    canvas.style.display = "none";
    const { scrollWidth, scrollHeight } = document.documentElement;
    canvas.style.display = "";
    if (scrollWidth !== this.#width || scrollHeight !== this.#height) {
      this.#width = scrollWidth;
      this.#height = scrollHeight;
      canvas.style.width = `${scrollWidth}px`;
      canvas.style.height = `${scrollHeight}px`;
      this.redraw();
    }
    // A page may shift its root element; tiles count from the document's corner all the same.
    const { left, top } = canvas.getBoundingClientRect();
    const x = Math.round(left + scrollX);
    const y = Math.round(top + scrollY);
    if (x !== 0) canvas.style.left = `${Number.parseFloat(canvas.style.left) - x}px`;
    if (y !== 0) canvas.style.top = `${Number.parseFloat(canvas.style.top) - y}px`;
  }

  redraw() {
    this.#frame ||= requestAnimationFrame((now) => this.#draw(now));
  }

  remove() {
    cancelAnimationFrame(this.#frame);
    this.canvas.remove();
  }

  /** @param {number} now */
  #draw(now) {
    const elapsed = this.#drawnAt ? now - this.#drawnAt : 0;
    this.#frame = 0;
    const { layer, smooth, fixed, maximum } = this.#preferences;
    const target = this.#grid ?? emptyGrid(this.heat.size);
    const moving = advance(
      this.heat,
      target,
      fixed ? maximum : { moves: null, clicks: null },
      stillness.matches ? Number.POSITIVE_INFINITY : elapsed,
    );
    const { size } = this.heat;
    const { width, height, pixels } = this.#raster.draw(this.heat, {
      layer,
      smooth,
      tileWidth: this.#width / size,
      tileHeight: this.#height / size,
    });
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.#context.putImageData(new ImageData(pixels, width, height), 0, 0);
    this.#drawn();
    this.#drawnAt = moving ? now : 0;
    if (moving) this.redraw();
  }
}
