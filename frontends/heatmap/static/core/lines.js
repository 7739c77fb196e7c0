/** Where the labels of lines are, so that they do not cover each other. Pure. */

/** Height of a label with the room around it, CSS px. */
const LABEL_PX = 26;

/**
 * Each label's place along its line: 0 is the first. Lines that are close together have different ones.
 *
 * @param {number[]} ys of the lines, CSS px, in any order
 * @returns {number[]}
 */
export function placed(ys) {
  /** @type {number[]} */
  const places = [];
  for (let i = 0; i < ys.length; i++) {
    const near = places.filter((_, other) => Math.abs(ys[other] - ys[i]) < LABEL_PX);
    let place = 0;
    while (near.includes(place)) place++;
    places.push(place);
  }
  return places;
}
