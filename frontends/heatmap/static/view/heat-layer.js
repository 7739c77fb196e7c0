/**
 * The grid's heat on the page, in three sheets: one scrolls with the content; two lie on what does not scroll,
 * and count from the top of the window or from its bottom.
 *
 * Only what is in or near the window is drawn, so the cost does not grow with the page's length; and it is
 * redrawn only while something changes.
 */

import { bandOf } from "../core/band.js";
import { emptyGrid } from "../core/grid.js";
import { LAYERS, PACE_MS } from "../core/heat.js";
import { clearBars } from "./clear-bars.js";
import { Sheet } from "./sheet.js";

/** @typedef {import("../core/boxes.js").Box} Box */

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

export class HeatLayer {
  #page;
  #top;
  #bottom;
  #grid = emptyGrid(1);
  #lift = { moves: 1, clicks: 1 };
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
    this.#page = new Sheet(stage.flow, "heat");
    this.#top = new Sheet(stage.pinned, "heat top");
    this.#bottom = new Sheet(stage.pinned, "heat bottom", true);
    this.apply(preferences, []);
  }

  get heat() {
    return this.#page.heat;
  }

  get #sheets() {
    return [this.#page, this.#top, this.#bottom];
  }

  /**
   * Sets the grid to show; null shows a page without heat.
   *
   * @param {import("../core/grid.js").Grid | null} grid
   * @param {boolean} [atOnce] without easing, as for another page
   */
  show(grid, atOnce = false) {
    const next = grid ?? emptyGrid(this.#grid.size, this.#grid.row);
    if (next === this.#grid && !atOnce) return;
    this.#grid = next;
    this.#due = 0;
    this.#aim(atOnce);
    this.#weigh();
    this.redraw();
  }

  /**
   * @param {import("./preferences.js").Preferences} preferences
   * @param {readonly import("../core/heat.js").LayerName[]} layers to show
   */
  apply(preferences, layers) {
    this.#preferences = preferences;
    this.#layers = layers;
    for (const { canvas } of this.#sheets) {
      canvas.style.opacity = String(preferences.opacity / 100);
      canvas.style.imageRendering = preferences.smooth ? "auto" : "pixelated";
    }
    this.redraw();
  }

  /** The stage has another size. */
  resize() {
    this.#weigh();
    this.redraw();
  }

  /**
   * Adopts the stage's view.
   *
   * @param {(box: Box) => Box} uncovered what bars leave of a box in the window: on those, other heat lies
   */
  follow(uncovered) {
    const { band } = this.#page;
    this.#aim(false);
    if (band !== this.#page.band) this.#draw(performance.now(), true);
    clearBars(this.#page.canvas, uncovered);
  }

  redraw() {
    this.#frame ||= requestAnimationFrame((now) => this.#draw(now));
  }

  remove() {
    cancelAnimationFrame(this.#frame);
  }

  /** @param {boolean} atOnce */
  #aim(atOnce) {
    const { view, height, scale } = this.#stage;
    const { size: columns, row, sheets, scale: ends } = this.#grid;
    const all = ends
      ? { moves: { hottest: ends.moves }, clicks: { hottest: ends.clicks } }
      : this.#grid;
    const band = bandOf(this.#page.band, view, height, row * scale);
    this.#page.aim(sheets.page, { columns, row, band }, all, atOnce);
    const window = bandOf(this.#top.band, { top: 0, bottom: innerHeight }, innerHeight, row);
    this.#top.aim(sheets.top, { columns, row, band: window }, all, atOnce);
    this.#bottom.aim(sheets.bottom, { columns, row, band: window }, all, atOnce);
  }

  /** Finds how much smoothing lowers the hottest tile. */
  #weigh() {
    const looks = this.#looks;
    for (const name of LAYERS) {
      const peaks = this.#sheets.map((sheet, i) => sheet.peakOf(name, looks[i]));
      this.#lift[name] = this.#grid[name].hottest / Math.max(...peaks) || 1;
    }
  }

  /** How each sheet is drawn. @returns {import("../core/raster.js").Look[]} */
  get #looks() {
    const { width, scale } = this.#stage;
    const { size, row } = this.#grid;
    const common = {
      layers: this.#layers,
      smooth: this.#preferences.smooth,
      lift: this.#lift,
    };
    const page = { ...common, tileWidth: width / size, tileHeight: row * scale };
    const fixed = { ...common, tileWidth: innerWidth / size, tileHeight: row };
    return [page, fixed, fixed];
  }

  /** @param {number} now @param {boolean} [atOnce] whosever turn it is */
  #draw(now, atOnce = false) {
    if (!atOnce) this.#frame = 0;
    if (!atOnce && (now < this.#due || !this.#turns.take(now))) return this.redraw();
    const gliding = this.#drawnAt ? Math.max(0, now - this.#drawnAt) : PACE_MS;
    const elapsed = stillness.matches ? Number.POSITIVE_INFINITY : gliding;
    const { fixed, maximum } = this.#preferences;
    let moving = false;
    const looks = this.#looks;
    for (let i = 0; i < looks.length; i++) {
      const sheet = this.#sheets[i];
      const moves = sheet.advance(fixed ? maximum : { moves: null, clicks: null }, elapsed);
      moving ||= moves;
      sheet.draw(looks[i]);
    }
    this.#drawn();
    this.#drawnAt = moving ? now : 0;
    this.#due = now + PACE_MS;
    if (moving) this.redraw();
  }
}
