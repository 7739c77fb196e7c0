/** What a page keeps in the lower corners of the window while it scrolls: chat buttons, bars, banners. */

import { call } from "../core/dom.js";
import { isFixed, outer } from "./containing.js";

/** From the corner, px: in the middle of our dot, and of a chat's button. */
const IN_PX = 36;

/** What is higher than this part of the window is no button or bar: beside the page, or over all of it. */
const TALL = 0.5;

/** So many things may be above each other. */
const MAX_STACKED = 3;

/**
 * The height in px that is held in each corner, 0 if it is free.
 *
 * @param {Element} ours is ignored
 */
export function heldCorners(ours) {
  return { left: heldAt(IN_PX, ours), right: heldAt(innerWidth - IN_PX, ours) };
}

/** @param {number} x @param {Element} ours */
function heldAt(x, ours) {
  let held = 0;
  for (let count = 0; count < MAX_STACKED; count++) {
    const fixed = fixedAt(x, innerHeight - held - IN_PX, ours);
    if (!fixed) break;
    const { top, height } = call(fixed, "getBoundingClientRect");
    if (height > TALL * innerHeight) return Number.POSITIVE_INFINITY;
    held = Math.max(held, innerHeight - top);
  }
  return held;
}

/**
 * The part that does not scroll, at a point. A dialog goes again, and so does not count.
 *
 * @param {number} x
 * @param {number} y
 * @param {Element} ours
 */
function fixedAt(x, y, ours) {
  const hit = document.elementsFromPoint(x, y).find((each) => each !== ours);
  for (let node = hit ?? null; node; node = outer(node)) {
    if (isFixed(node)) return call(node, "matches", ":modal") ? null : node;
  }
  return null;
}
