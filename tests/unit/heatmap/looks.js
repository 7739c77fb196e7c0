/** Looks of page views, counted one by one, for tests. */

/**
 * @typedef {[top: number, height: number, ms: number]} Look
 */

/**
 * Page views, each by its looks, the newest last, on a page of this height.
 *
 * @param {Look[][]} views
 * @param {number} height
 * @param {number} [row]
 */
export function lookCounts(views, height, row = 20) {
  const [tops, bottoms, depths, folds] = [0, 0, 0, 0].map(() => new Map());
  const add = (rows, number, count) => rows.set(number, (rows.get(number) ?? 0) + count);
  const lastOf = ([top, tall]) => Math.floor((Math.min(top + tall, height) - 1) / row);
  for (const looks of views) {
    for (const look of looks) {
      add(tops, Math.floor(look[0] / row), look[2]);
      add(bottoms, lastOf(look), look[2]);
    }
    add(depths, Math.max(...looks.map(lastOf)), 1);
    add(folds, Math.floor((looks[looks.length - 1][1] - 1) / row), 1);
  }
  return { row, tops, bottoms, depths, folds };
}

/**
 * Page views as visitors make them.
 *
 * @param {() => number} random 0 to 1
 * @param {number} height of the page
 * @returns {Look[][]}
 */
export function someViews(random, height) {
  const whole = (most) => Math.floor(random() * most);
  return Array.from({ length: 1 + whole(40) }, () => {
    const tall = 300 + whole(900);
    return Array.from(
      { length: 1 + whole(8) },
      () => /** @type {Look} */ ([whole(Math.max(1, height - tall)), tall, 250 + whole(2 ** 36)]),
    );
  });
}

/** Numbers from 0 to 1 that are the same each time. @param {number} seed */
export function randoms(seed) {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}
