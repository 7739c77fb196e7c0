/**
 * Where the panel is: its distance from the window's nearest corner, so that it stays there when either changes
 * its size. Pure arithmetic, in CSS px.
 *
 * @typedef {{ side: "left" | "right", x: number, edge: "top" | "bottom", y: number }} Place
 * @typedef {{ width: number, height: number }} Size
 */

/** Between the panel and the window's edges, as long as nobody has moved it; and at least. */
export const RIM_PX = 16;
const LEAST_RIM_PX = 4;

/**
 * The place of a panel whose left upper corner was put at (left, top), kept within the window.
 *
 * @param {number} left
 * @param {number} top
 * @param {Size} panel
 * @param {Size} inside of the window
 * @returns {Place}
 */
export function placeAt(left, top, panel, inside) {
  const x = within(left, inside.width - panel.width);
  const y = within(top, inside.height - panel.height);
  const right = inside.width - panel.width - x;
  const bottom = inside.height - panel.height - y;
  return {
    ...(x < right ? { side: "left", x } : { side: "right", x: right }),
    ...(y < bottom ? { edge: "top", y } : { edge: "bottom", y: bottom }),
  };
}

/**
 * The left upper corner of a panel at a place, within the window even if that has become smaller.
 *
 * @param {Place} place
 * @param {Size} panel
 * @param {Size} inside of the window
 */
export function cornerOf({ side, x, edge, y }, panel, inside) {
  const [across, down] = [inside.width - panel.width, inside.height - panel.height];
  return {
    left: within(side === "left" ? x : across - x, across),
    top: within(edge === "top" ? y : down - y, down),
  };
}

/**
 * The place that nobody has chosen: one of the lower corners, since logos and menus are above; above what a
 * page keeps there, such as a chat's button or a bar.
 *
 * @param {{ left: number, right: number }} held height of that in each corner; infinite for a side bar
 * @returns {Place}
 */
export function freePlace({ left, right }) {
  const side = left < right ? "left" : "right";
  const lift = Math.min(left, right);
  return { side, x: RIM_PX, edge: "bottom", y: RIM_PX + (Number.isFinite(lift) ? lift : 0) };
}

/** @param {number} at @param {number} most */
function within(at, most) {
  return Math.max(LEAST_RIM_PX, Math.min(at, most - LEAST_RIM_PX));
}
