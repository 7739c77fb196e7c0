/**
 * The two layers that we draw on: one scrolls with the page, the other is fixed to the window.
 *
 * The first is as large as the document, in page coordinates, so its contents scroll with the page. Neither
 * makes the document larger, and both ignore the pointer.
 *
 * @typedef {{
 *   pinned: boolean, left: number, top: number, width: number, height: number, clip: string,
 *   rounded: string,
 * }} Place
 *   On the fixed layer if `pinned`; lengths in CSS px from that layer's corner. `clip` and `rounded` are CSS:
 *   its visible part, and its corners.
 */

import { element } from "./element.js";

const STYLE = "top: 0; left: 0; margin: 0; overflow: clip; pointer-events: none;";

/** By this, px, the visible part of the layer ends before the document does: see `fit`. */
const SHORTER = 1;

export class Stage {
  flow = element("div", { class: "flow", style: `position: absolute; ${STYLE}` });
  /** The visible part of `flow`. */
  #window = element(
    "div",
    { style: `position: absolute; ${STYLE}`, "aria-hidden": "true" },
    this.flow,
  );
  pinned = element("div", {
    class: "pinned",
    style: `position: fixed; width: 100vw; height: 100vh; ${STYLE}`,
    "aria-hidden": "true",
  });
  /** What a host has to contain. */
  nodes = [this.#window, this.pinned];
  /** Of the document, CSS px. */
  width = 0;
  height = 0;
  /** @type {WeakMap<HTMLElement, Place>} */
  #put = new WeakMap();

  /**
   * Adopts the document's size and place; cheap enough to call every second.
   *
   * The document's size includes our layer, which therefore ends before the document: as long as the size is
   * the known one, it is the page's own. If it differs, it is measured again with the layer clipped to nothing.
   * The layer is never hidden, since WebKit leaves a canvas blank that was.
   *
   * @returns {boolean} whether the size has changed
   */
  fit() {
    const root = document.documentElement;
    const changed = root.scrollWidth !== this.width || root.scrollHeight !== this.height;
    if (changed) {
      setSize(this.#window, 0, 0);
      this.width = root.scrollWidth;
      this.height = root.scrollHeight;
      setSize(this.#window, this.width - SHORTER, this.height - SHORTER);
      setSize(this.flow, this.width, this.height);
    }
    // A page may shift its root element; page coordinates still start at the document's corner.
    const { left, top } = this.#window.getBoundingClientRect();
    const { style } = this.#window;
    const x = Math.round(left + scrollX);
    const y = Math.round(top + scrollY);
    if (x !== 0) style.left = `${Number.parseFloat(style.left) - x}px`;
    if (y !== 0) style.top = `${Number.parseFloat(style.top) - y}px`;
    return changed;
  }

  /**
   * Puts a node at a place, or removes it. Does nothing if unchanged.
   *
   * @param {HTMLElement} node positioned absolutely
   * @param {Place | null} place
   */
  put(node, place) {
    const before = this.#put.get(node);
    if (place === null) {
      node.remove();
      this.#put.delete(node);
      return;
    }
    if (place === before) return;
    this.#put.set(node, place);
    const { style } = node;
    style.transform = `translate(${place.left}px, ${place.top}px)`;
    style.width = `${place.width}px`;
    style.height = `${place.height}px`;
    style.clipPath = place.clip;
    style.borderRadius = place.rounded;
    if (place.pinned !== before?.pinned) (place.pinned ? this.pinned : this.flow).append(node);
  }

  remove() {
    for (const node of this.nodes) node.remove();
  }
}

/** @param {HTMLElement} node @param {number} width px @param {number} height px */
function setSize({ style }, width, height) {
  style.width = `${width}px`;
  style.height = `${height}px`;
}
