/** Rows that change places move there visibly, so that a reader can follow them. */

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

/** Duration of a row's move to its new place, ms. */
const GLIDE_MS = 450;

/**
 * Makes a change and animates the rows that it moved, from their old places. Only rows that are in the window
 * are: nobody sees the others.
 *
 * @param {HTMLElement} list
 * @param {() => void} change
 */
export function glide(list, change) {
  const before = [...list.children];
  if (stillness.matches) return change();
  const places = new Map(before.map((row) => [row, /** @type {HTMLElement} */ (row).offsetTop]));
  change();
  const after = /** @type {HTMLElement[]} */ ([...list.children]);
  if (after.length === before.length && after.every((row, i) => row === before[i])) return;
  const top = list.getBoundingClientRect().top - list.offsetTop;
  for (const row of after) {
    const from = places.get(row);
    const to = row.offsetTop;
    const isSeen = top + to + row.offsetHeight > 0 && top + to < innerHeight;
    if (from === undefined || from === to || !isSeen) continue;
    row.animate(
      { transform: [`translateY(${from - to}px)`, "none"] },
      { duration: GLIDE_MS, easing: "cubic-bezier(.2, .7, .2, 1)" },
    );
  }
}
