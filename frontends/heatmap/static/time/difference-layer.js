/**
 * What changed between two ranges, over the page: places in rows and columns, or elements with their shares.
 *
 * @typedef {import("./difference.js").Difference} Difference
 */

import { detach, element, setText } from "../view/element.js";
import { changeText, colourOf, sharesText, sideOf } from "./difference.js";

/** Rows of a canvas at most; below are none with enough page views. */
const MAX_ROWS = 4000;

const ACROSS = "position: absolute; top: 0; left: 0; width: 100%; image-rendering: pixelated;";

const BOX = "position: absolute; top: 0; left: 0; border-radius: 4px; pointer-events: none;";

export class DifferenceLayer {
  #stage;
  #anchors;
  #canvas = element("canvas", { class: "difference", style: ACROSS, hidden: true });
  /** @type {Map<string, HTMLElement>} */
  #boxes = new Map();
  /** @type {Difference | null} */
  #difference = null;
  /** @type {"cells" | "elements"} */
  #what = "cells";

  /** @param {import("../view/heat-view.js").HeatView} heat */
  constructor({ stage, anchors }) {
    this.#stage = stage;
    this.#anchors = anchors;
    stage.flow.append(this.#canvas);
  }

  /** @param {Difference | null} difference null shows nothing @param {"cells" | "elements"} what */
  show(difference, what) {
    if (difference === this.#difference && what === this.#what) return;
    this.#difference = difference;
    this.#what = what;
    const cells = difference && what === "cells" ? difference : null;
    this.#canvas.hidden = !cells;
    if (cells) this.#paint(cells);
    this.place();
  }

  /** Follows the elements and the page's size. */
  place() {
    const difference = this.#difference;
    this.#canvas.style.height = `${this.#canvas.height * (difference?.row ?? 0) * this.#stage.scale}px`;
    const elements = difference && this.#what === "elements" ? difference.elements : new Map();
    for (const [selector, node] of this.#boxes) {
      if (elements.has(selector)) continue;
      this.#stage.put(node, null);
      this.#boxes.delete(selector);
    }
    for (const [selector, change] of elements) {
      const colour = colourOf(change, difference?.most ?? 0);
      const place = selector ? (this.#anchors.get(selector)?.place ?? null) : null;
      if (!colour || (!place && !this.#boxes.has(selector))) continue;
      const node = this.#boxes.get(selector) ?? this.#create(selector);
      node.dataset.kind = change.kind;
      if (place) node.dataset.side = sideOf(place, this.#stage.width);
      node.style.background = colour;
      const label = /** @type {HTMLElement} */ (node.firstElementChild);
      label.hidden = change.kind === "same";
      setText(label, `${sharesText(change)} (${changeText(change)})`);
      this.#stage.put(node, place);
    }
  }

  remove() {
    detach(this.#canvas);
    for (const node of this.#boxes.values()) detach(node);
  }

  /** @param {string} selector */
  #create(selector) {
    const node = element("div", { class: "changed", style: BOX }, element("span"));
    this.#boxes.set(selector, node);
    return node;
  }

  /** @param {Difference} difference */
  #paint({ cells, size, most }) {
    let last = 0;
    for (const cell of cells.keys()) last = Math.max(last, Math.floor(cell / size));
    const canvas = this.#canvas;
    canvas.width = size;
    canvas.height = Math.min(MAX_ROWS, last + 1);
    const context = canvas.getContext("2d");
    if (!context) return;
    for (const [cell, change] of cells) {
      const colour = colourOf(change, most);
      if (!colour) continue;
      context.fillStyle = colour;
      context.fillRect(cell % size, Math.floor(cell / size), 1, 1);
    }
  }
}
