/**
 * The two layers that we draw on: one scrolls with the page, the other is fixed to the window.
 *
 * The first is as large as the content that scrolls, and moves with it: that of the document, or of the one
 * element that scrolls in its place, whose box clips it then. Neither makes the document larger, and both
 * ignore the pointer.
 *
 * @typedef {{
 *   pinned: boolean, left: number, top: number, width: number, height: number, clip: string, rim: number,
 *   clipWithRim: string, from: number, whole: number,
 * }} Place
 *   On the fixed layer if `pinned`; lengths in CSS px from that layer's corner. `clip` is CSS: its visible part;
 *   `clipWithRim` that of the place with a `rim` around it. Of a high box, which is `whole` high, it is the part
 *   that begins at `from`.
 */

import { cornerOf, findScroller } from "../core/scroller.js";
import { detach, element } from "./element.js";

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
  /** What scrolls; null before `fit`. @type {Element | null} */
  scroller = null;
  /** Of the content, CSS px of the window. */
  width = 0;
  height = 0;
  /** CSS px of the window per px of the content. */
  scale = 1;
  /** The part of the content that its scroller shows, CSS px from its top. */
  view = { top: 0, bottom: 0 };
  /** @type {WeakMap<HTMLElement, Place>} */
  #put = new WeakMap();

  /** Whether an element scrolls, not the document. */
  get isInner() {
    return this.scroller !== null && this.scroller !== document.scrollingElement;
  }

  /**
   * Finds what scrolls and adopts its content's size and place; cheap enough to call every second.
   *
   * @returns {boolean} whether the size has changed
   */
  fit() {
    const scroller = findScroller();
    const other = scroller !== this.scroller;
    this.scroller = scroller;
    if (other) this.#window.style.position = this.isInner ? "fixed" : "absolute";
    const resized = this.isInner ? this.#fitElement(scroller) : this.#fitDocument(scroller, other);
    this.follow();
    return other || resized;
  }

  /** Follows the content as it scrolls. The browser moves the document's layer by itself. */
  follow() {
    const { scroller, scale } = this;
    if (!scroller) return;
    const { left, top } = cornerOf(scroller);
    if (!this.isInner) {
      this.view = { top: -top, bottom: innerHeight - top };
      return;
    }
    const box = scroller.getBoundingClientRect();
    const x = box.left + scale * scroller.clientLeft;
    const y = box.top + scale * scroller.clientTop;
    const height = scale * scroller.clientHeight;
    setPlace(this.#window, x, y);
    setSize(this.#window, scale * scroller.clientWidth, height);
    setPlace(this.flow, left - x, top - y);
    this.view = { top: y - top, bottom: y - top + height };
  }

  /** @param {Element} scroller */
  #fitElement(scroller) {
    const { scale } = cornerOf(scroller);
    const width = scale * scroller.scrollWidth;
    const height = scale * scroller.scrollHeight;
    const changed = width !== this.width || height !== this.height;
    Object.assign(this, { width, height, scale });
    if (changed) setSize(this.flow, width, height);
    return changed;
  }

  /**
   * The document's size includes our layer, which therefore ends before the document: as long as the size is
   * the known one, it is the page's own. If it differs, it is measured again with the layer clipped to nothing.
   * The layer is never hidden, since WebKit leaves a canvas blank that was.
   *
   * @param {Element} root
   * @param {boolean} other whether something else was fitted before
   */
  #fitDocument(root, other) {
    this.scale = 1;
    const changed = other || root.scrollWidth !== this.width || root.scrollHeight !== this.height;
    if (changed) {
      setPlace(this.#window, 0, 0);
      setSize(this.#window, 0, 0);
      this.width = root.scrollWidth;
      this.height = root.scrollHeight;
      setSize(this.#window, this.width - SHORTER, this.height - SHORTER);
      setSize(this.flow, this.width, this.height);
    }
    const corner = cornerOf(root);
    // From right to left, the document grows at its left edge.
    const inset = corner.left + root.scrollLeft < 0 ? SHORTER : 0;
    setPlace(this.flow, -inset, 0);
    // A page may shift its root element; page coordinates still start at the document's corner.
    const { left, top } = this.#window.getBoundingClientRect();
    const { style } = this.#window;
    const x = Math.round(left - corner.left - inset);
    const y = Math.round(top - corner.top);
    if (x !== 0) style.left = `${Number.parseFloat(style.left) - x}px`;
    if (y !== 0) style.top = `${Number.parseFloat(style.top) - y}px`;
    return changed;
  }

  /**
   * The height in the content under a point of the window.
   *
   * @param {number} x CSS px
   * @param {number} y CSS px
   * @returns {number | null} px of the content, null if none of it is visible there
   */
  heightAt(x, y) {
    const { left, right } = this.#window.getBoundingClientRect();
    const down = y - this.flow.getBoundingClientRect().top;
    const isInside = x >= left && x < right && down >= this.view.top && down < this.view.bottom;
    return isInside ? down / this.scale : null;
  }

  /**
   * Puts a node at a place, or removes it. Does nothing if unchanged.
   *
   * @param {HTMLElement} node positioned absolutely
   * @param {Place | null} place
   * @param {boolean} [withRim] always the same for a node
   */
  put(node, place, withRim = false) {
    const before = this.#put.get(node);
    if (place === null) {
      detach(node);
      this.#put.delete(node);
      return;
    }
    if (place === before) return;
    this.#put.set(node, place);
    const { style } = node;
    const rim = withRim ? place.rim : 0;
    style.transform = `translate(${place.left - rim}px, ${place.top - rim}px)`;
    style.width = `${place.width + 2 * rim}px`;
    style.height = `${place.height + 2 * rim}px`;
    style.clipPath = withRim ? place.clipWithRim : place.clip;
    if (place.pinned !== before?.pinned) (place.pinned ? this.pinned : this.flow).append(node);
  }

  /** Shows a part of the window's width alone. @param {{ from: number, to: number } | null} part px, null for all */
  cut(part) {
    for (const node of this.nodes) {
      const { left, right } = node.getBoundingClientRect();
      const clip = part && `inset(0 ${right - part.to}px 0 ${part.from - left}px)`;
      node.style.clipPath = clip ?? "";
    }
  }

  remove() {
    for (const node of this.nodes) detach(node);
  }
}

/** @param {HTMLElement} node @param {number} left px @param {number} top px */
function setPlace({ style }, left, top) {
  style.left = `${left}px`;
  style.top = `${top}px`;
}

/** @param {HTMLElement} node @param {number} width px @param {number} height px */
function setSize({ style }, width, height) {
  style.width = `${width}px`;
  style.height = `${height}px`;
}
