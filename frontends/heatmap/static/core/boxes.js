/**
 * Boxes on the screen and their visible parts: pure arithmetic, in CSS px.
 *
 * @typedef {{ left: number, top: number, right: number, bottom: number }} Box
 *   Empty if right ≤ left or bottom ≤ top.
 */

/** @param {Box} box */
export function isNothing({ left, top, right, bottom }) {
  return right <= left || bottom <= top;
}

/** The intersection of two boxes. @param {Box} one @param {Box} other @returns {Box} */
export function intersect(one, other) {
  return {
    left: Math.max(one.left, other.left),
    top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right),
    bottom: Math.min(one.bottom, other.bottom),
  };
}

/**
 * The part of a box that a cover leaves visible. Only a cover that spans the box, as bars do, reduces it:
 * otherwise the rest would not be a box.
 *
 * @param {Box} box
 * @param {Box} cover
 * @returns {Box}
 */
export function uncovered(box, cover) {
  if (isNothing(intersect(box, cover))) return box;
  const { left, top, right, bottom } = box;
  const across = cover.left <= left && cover.right >= right;
  const along = cover.top <= top && cover.bottom >= bottom;
  if (across && along) return { left, top, right: left, bottom: top };
  if (across && cover.top <= top) return { left, top: cover.bottom, right, bottom };
  if (across && cover.bottom >= bottom) return { left, top, right, bottom: cover.top };
  if (along && cover.left <= left) return { left: cover.right, top, right, bottom };
  if (along && cover.right >= right) return { left, top, right: cover.left, bottom };
  return box;
}

/**
 * A cover extended beyond the window's edges that it touches: nothing is visible there either.
 *
 * @param {Box} cover
 * @param {number} width of the window
 * @param {number} height of the window
 * @returns {Box}
 */
export function beyondRim({ left, top, right, bottom }, width, height) {
  return {
    left: left <= 0 ? Number.NEGATIVE_INFINITY : left,
    top: top <= 0 ? Number.NEGATIVE_INFINITY : top,
    right: right >= width ? Number.POSITIVE_INFINITY : right,
    bottom: bottom >= height ? Number.POSITIVE_INFINITY : bottom,
  };
}

/**
 * A box with a rim around it, but not at sides where it is cut.
 *
 * @param {Box} box
 * @param {Box} visible what is left of it
 * @param {number} rim px
 * @returns {Box}
 */
export function rimmed(box, visible, rim) {
  return {
    left: visible.left > box.left ? visible.left : box.left - rim,
    top: visible.top > box.top ? visible.top : box.top - rim,
    right: visible.right < box.right ? visible.right : box.right + rim,
    bottom: visible.bottom < box.bottom ? visible.bottom : box.bottom + rim,
  };
}

/** Heights of the window that are drawn of a box. A higher one is drawn in part. */
const NEAR = 2;

/**
 * The part of a box that is in the window. As the box scrolls, it moves on by whole heights of the window.
 *
 * @param {number} top of the box in the window
 * @param {number} height of the box
 * @param {number} window its height
 * @returns {{ from: number, height: number }} px from the box's top
 */
export function nearPart(top, height, window) {
  if (height <= NEAR * window) return { from: 0, height };
  const from = Math.floor(-top / window) * window;
  return {
    from: Math.max(0, Math.min(from, height - NEAR * window)),
    height: NEAR * window,
  };
}

/**
 * CSS that clips a box to its visible part.
 *
 * @param {Box} box
 * @param {Box} visible
 */
export function clip(box, visible) {
  const insets = [
    visible.top - box.top,
    box.right - visible.right,
    box.bottom - visible.bottom,
    visible.left - box.left,
  ];
  if (insets.every((inset) => inset <= 0)) return "none";
  return `inset(${insets.map((inset) => `${Math.max(0, inset)}px`).join(" ")})`;
}
