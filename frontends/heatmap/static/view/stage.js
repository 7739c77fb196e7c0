/**
 * Where our drawings stand: on a layer that scrolls with the page, or on one that stays with the window.
 *
 * The first is as large as the document, in page coordinates, so that what is on it scrolls by itself;
 * neither makes the document larger, and the pointer goes through both.
 *
 * @typedef {{
 *   pinned: boolean, left: number, top: number, width: number, height: number, clip: string,
 *   rounded: string,
 * }} Place
 *   On the layer that stays if `pinned`; lengths in CSS px from that layer's corner. `clip` and
 *   `rounded` are CSS: what is visible of it, and its corners.
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
   * Takes on the document's size and place; cheap enough for once a second.
   *
   * @returns {boolean} whether the size has changed
   */
  fit() {
    const { flow } = this;
    // Hidden, or it would itself keep a document from shrinking.
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
    // A page may shift its root element; page coordinates count from the document's corner all the same.
    const { left, top } = flow.getBoundingClientRect();
    const x = Math.round(left + scrollX);
    const y = Math.round(top + scrollY);
    if (x !== 0) flow.style.left = `${Number.parseFloat(flow.style.left) - x}px`;
    if (y !== 0) flow.style.top = `${Number.parseFloat(flow.style.top) - y}px`;
    return changed;
  }

  /**
   * Puts a node at a place, or nowhere. What has not changed is not touched.
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
