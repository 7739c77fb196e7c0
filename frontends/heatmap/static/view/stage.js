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

export class Stage {
  flow = element("div", {
    class: "flow",
    style: `position: absolute; ${STYLE}`,
    "aria-hidden": "true",
  });
  pinned = element("div", {
    class: "pinned",
    style: `position: fixed; width: 100vw; height: 100vh; ${STYLE}`,
    "aria-hidden": "true",
  });
  /** Of the document, CSS px. */
  width = 0;
  height = 0;
  /** @type {WeakMap<HTMLElement, Place>} */
  #put = new WeakMap();

  /**
   * Adopts the document's size and place; cheap enough to call every second.
   *
   * @returns {boolean} whether the size has changed
   */
  fit() {
    const { flow } = this;
    // Hidden while measuring, or the layer would keep the document from shrinking.
    flow.style.display = "none";
    const { scrollWidth, scrollHeight } = document.documentElement;
    flow.style.display = "";
    const changed = scrollWidth !== this.width || scrollHeight !== this.height;
    if (changed) {
      this.width = scrollWidth;
      this.height = scrollHeight;
      flow.style.width = `${scrollWidth}px`;
      flow.style.height = `${scrollHeight}px`;
    }
    // A page may shift its root element; page coordinates still start at the document's corner.
    const { left, top } = flow.getBoundingClientRect();
    const x = Math.round(left + scrollX);
    const y = Math.round(top + scrollY);
    if (x !== 0) flow.style.left = `${Number.parseFloat(flow.style.left) - x}px`;
    if (y !== 0) flow.style.top = `${Number.parseFloat(flow.style.top) - y}px`;
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
    this.flow.remove();
    this.pinned.remove();
  }
}
