/** Thumbnails of pages: their heat on a blank sheet with the page's proportions; of tall pages, the top. */

import { gridAddress } from "../core/address.js";
import { decodeGrid } from "../core/grid.js";
import { advance, cold } from "../core/heat.js";
import { Queue } from "../core/queue.js";
import { Raster } from "../core/raster.js";
import { fetchJson } from "./feed.js";

/** Concurrent requests: thumbnails must not starve the browser's other requests. */
const AT_ONCE = 4;

/** Minimum interval of a thumbnail's updates, ms; a busy page changes four times a second. */
const EVERY_MS = 2000;

/** Minimum width of a sheet, as a share of its box: a tall page is cropped, or it would be a line. */
const MIN_WIDTH = 0.55;

/** Minimum height of a sheet, px. */
const MIN_HEIGHT = 18;

/** A tile is about 1 px here: its heat is spread this far, px, to be visible. */
const SOFTNESS = 2.4;

/**
 * @typedef {import("../core/board.js").Row} Row
 * @typedef {{ page: string, end: number, drawnAt: number, visible: boolean, row?: Row }} Drawn
 *   `page` and `end` are those of the grid that was drawn last
 */

export class Thumbnails {
  #broadcaster;
  #box;
  #raster = new Raster();
  #queue = new Queue(AT_ONCE);
  /** @type {WeakMap<Element, Drawn>} */
  #drawn = new WeakMap();
  #observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const drawn = this.#drawn.get(target);
      if (!drawn) continue;
      drawn.visible = isIntersecting;
      if (drawn.row) this.update(/** @type {HTMLCanvasElement} */ (target), drawn.row);
    }
  });

  /**
   * @param {string} broadcaster origin
   * @param {{ width: number, height: number }} box that each must fit in, px
   */
  constructor(broadcaster, box) {
    this.#broadcaster = broadcaster;
    this.#box = box;
  }

  /** Creates an empty sheet. */
  create() {
    const canvas = document.createElement("canvas");
    canvas.className = "thumbnail";
    canvas.width = canvas.height = 1;
    canvas.setAttribute("aria-hidden", "true");
    this.#drawn.set(canvas, {
      page: "",
      end: 0,
      drawnAt: Number.NEGATIVE_INFINITY,
      visible: false,
    });
    this.#observer.observe(canvas);
    return canvas;
  }

  /** @param {HTMLCanvasElement} canvas */
  release(canvas) {
    this.#observer.unobserve(canvas);
  }

  /**
   * Sets the sheet's proportions and, if it is visible and has changed, redraws its heat.
   *
   * @param {HTMLCanvasElement} canvas
   * @param {Row} row
   */
  update(canvas, row) {
    const drawn = this.#drawn.get(canvas);
    if (!drawn) return;
    drawn.row = row;
    const sheet = this.#sheet(row);
    setStyle(canvas, "width", `${sheet.width}px`);
    setStyle(canvas, "height", `${sheet.height}px`);
    canvas.classList.toggle("cropped", sheet.height < sheet.whole);
    const { page, end } = row;
    const now = performance.now();
    const isDrawn = drawn.page === page && (drawn.end === end || now - drawn.drawnAt < EVERY_MS);
    if (!drawn.visible || isDrawn) return;
    Object.assign(drawn, { page, end, drawnAt: now });
    this.#queue.add(canvas, async () => {
      const { json } = await fetchJson(gridAddress(this.#broadcaster, page));
      const grid = decodeGrid(json);
      if (grid) this.#draw(canvas, grid, sheet);
    });
  }

  /**
   * The sheet's size, px, and the height, `whole`, that the whole page would have on it.
   *
   * @param {Row} row
   */
  #sheet(row) {
    // A page of unknown size gets a sheet of the whole box.
    const size = row.size ?? this.#box;
    const fitting = Math.min(this.#box.width / size.width, this.#box.height / size.height);
    const width = Math.max(MIN_WIDTH * this.#box.width, size.width * fitting);
    const whole = Math.max(MIN_HEIGHT, (size.height * width) / size.width);
    return { width, whole, height: Math.min(whole, this.#box.height) };
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("../core/grid.js").Grid} grid
   * @param {{ width: number, height: number, whole: number }} sheet
   */
  #draw(canvas, grid, { width, height, whole }) {
    const heat = cold(grid.size);
    advance(heat, grid.sheets.page, { moves: null, clicks: null }, Number.POSITIVE_INFINITY);
    const picture = this.#raster.draw(heat, {
      layers: [grid.moves.total > 0 ? "moves" : "clicks"],
      smooth: true,
      softness: SOFTNESS,
      tileWidth: width / grid.size,
      tileHeight: whole / grid.size,
    });
    canvas.width = picture.width;
    // What is below the sheet's end is cut off.
    canvas.height = Math.max(1, Math.round((picture.height * height) / whole));
    const image = new ImageData(picture.pixels, picture.width, picture.height);
    canvas.getContext("2d")?.putImageData(image, 0, 0);
  }
}

/** Sets a property only if it differs. @param {HTMLElement} node @param {"width" | "height"} name @param {string} value */
function setStyle(node, name, value) {
  if (node.style[name] !== value) node.style[name] = value;
}
