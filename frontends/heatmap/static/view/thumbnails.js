/** Thumbnails of pages, drawn while they are visible: core/thumbnail.js says what is on them. */

import { topAddress } from "../core/address.js";
import { layerFrom } from "../core/grid.js";
import { advance, cold } from "../core/heat.js";
import { Queue } from "../core/queue.js";
import { Raster } from "../core/raster.js";
import { sheetOf, topOf } from "../core/thumbnail.js";
import { fetchMessage } from "./feed.js";

/** Concurrent requests: thumbnails must not starve the browser's other requests. */
const AT_ONCE = 4;

/** Minimum interval of a thumbnail's updates, ms; a busy page changes four times a second. */
const EVERY_MS = 2000;

/** A cell is about 1 px here: its heat is spread this far, px, to be visible. */
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
    const sheet = sheetOf(row.size, this.#box);
    setStyle(canvas, "width", `${sheet.width}px`);
    setStyle(canvas, "height", `${sheet.height}px`);
    canvas.classList.toggle("cropped", sheet.isCropped);
    const { page, end } = row;
    const now = performance.now();
    const isDrawn = drawn.page === page && (drawn.end === end || now - drawn.drawnAt < EVERY_MS);
    if (!drawn.visible || isDrawn) return;
    Object.assign(drawn, { page, end, drawnAt: now });
    this.#queue.add(canvas, async () => {
      const grid = await fetchMessage(topAddress(this.#broadcaster, page));
      if (grid?.kind === "grid") this.#draw(canvas, grid, sheet);
    });
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("../core/grid.js").Grid} grid
   * @param {import("../core/thumbnail.js").Sheet} sheet
   */
  #draw(canvas, grid, { width, height, scale }) {
    const tileHeight = grid.row * scale;
    const rows = Math.ceil(height / tileHeight);
    const { name, layer } = topOf(grid, rows);
    const heat = cold(grid.size, rows);
    const none = layerFrom(new Map(), grid.size);
    const target = { moves: none, clicks: none, [name]: layer };
    advance(heat, target, { moves: null, clicks: null }, Number.POSITIVE_INFINITY);
    const picture = this.#raster.draw(heat, {
      layers: [name],
      smooth: true,
      softness: SOFTNESS,
      tileWidth: width / grid.size,
      tileHeight,
    });
    canvas.width = picture.width;
    // The last row may be cut by the sheet's end.
    canvas.height = Math.max(1, Math.round((picture.height * height) / (rows * tileHeight)));
    const image = new ImageData(picture.pixels, picture.width, picture.height);
    canvas.getContext("2d")?.putImageData(image, 0, 0);
  }
}

/** Sets a property only if it differs. @param {HTMLElement} node @param {"width" | "height"} name @param {string} value */
function setStyle(node, name, value) {
  if (node.style[name] !== value) node.style[name] = value;
}
