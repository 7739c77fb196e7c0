/** Keeps what scrolls off the bars that stay. */

import { clip } from "../core/boxes.js";

/**
 * Clips a node to what bars leave of it in the window.
 *
 * @param {HTMLElement} node as wide as what scrolls
 * @param {(box: import("../core/boxes.js").Box) => import("../core/boxes.js").Box} visible of a box in the window
 */
export function clearBars(node, visible) {
  const { left, right, top, bottom } = node.getBoundingClientRect();
  // A bar spans the window, which may be less than the node.
  const window = {
    left: Math.max(0, left),
    top: Math.max(0, top),
    right: Math.min(innerWidth, right),
    bottom: Math.min(innerHeight, bottom),
  };
  const seen = visible(window);
  const box = { left, top: seen.top > window.top ? seen.top : top, right, bottom };
  if (seen.bottom < window.bottom) box.bottom = seen.bottom;
  node.style.clipPath = clip({ left, top, right, bottom }, box);
}
