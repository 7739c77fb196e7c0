/** The fixed parts of the page that cover scrolling content: bars, dialogs. */

import { isFixed, outer } from "./containing.js";

/** Sample points, as fractions of the window; points at its edges are moved in by … */
const POINTS = [0, 0.25, 0.5, 0.75, 1];

/** … this, px: less than the height of any bar. */
const RIM_PX = 12;

/**
 * Finds them with hit tests at a few points of the window.
 *
 * @param {Element} ours the overlay, which is ignored
 * @param {Element | null} scroller what scrolls, which covers nothing, though it may be in a fixed part
 * @returns {Element[]}
 */
export function findCovers(ours, scroller) {
  /** @type {Set<Element>} */
  const found = new Set();
  for (const x of POINTS) {
    for (const y of POINTS) {
      const hit = topAt(
        inside(x * innerWidth, innerWidth),
        inside(y * innerHeight, innerHeight),
        ours,
      );
      const cover = hit && coverOf(hit, scroller);
      if (cover) found.add(cover);
    }
  }
  return [...found];
}

/**
 * The page's topmost element at a point of the window.
 *
 * @param {number} x
 * @param {number} y
 * @param {Element} ours
 */
function topAt(x, y, ours) {
  const hit = document.elementFromPoint(x, y);
  if (hit !== ours) return hit;
  return document.elementsFromPoint(x, y).find((each) => each !== ours);
}

/** @param {number} at @param {number} length */
function inside(at, length) {
  return Math.min(Math.max(at, RIM_PX), length - RIM_PX);
}

/**
 * The outermost opaque part around an element, within its fixed or sticky ancestor.
 *
 * @param {Element} hit
 * @param {Element | null} scroller
 */
function coverOf(hit, scroller) {
  /** @type {Element | null} */
  let opaque = null;
  /** @type {Element | null} */
  let cover = null;
  for (
    let node = /** @type {Element | null} */ (hit);
    node && node !== scroller;
    node = outer(node)
  ) {
    const style = getComputedStyle(node);
    if (hides(style)) opaque = node;
    if (style.position === "sticky" || isFixed(node)) cover = opaque;
  }
  return cover;
}

/** Whether it is at least nearly opaque. @param {CSSStyleDeclaration} style */
function hides({ backgroundColor, backgroundImage, backdropFilter }) {
  if (backgroundImage !== "none" || (backdropFilter && backdropFilter !== "none")) return true;
  const alpha = /(?:,|\/)\s*([\d.]+%?)\)$/.exec(backgroundColor);
  if (!alpha || (backgroundColor.startsWith("rgb(") && !backgroundColor.includes("/"))) {
    return backgroundColor !== "transparent";
  }
  return Number.parseFloat(alpha[1]) >= 0.5;
}
