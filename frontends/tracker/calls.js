/** Ways to call a function: so that its failures stay with us, and not too often. */

/**
 * Keeps our failures from the page's error handlers: what fails returns nothing.
 * @template {any[]} A
 * @template R
 * @param {(...args: A) => R} act
 */
export const quietly =
  (act) =>
  (/** @type {A} */ ...args) => {
    try {
      return act(...args);
    } catch {}
  };

/**
 * Acts at the first call, about every `ms` while more calls come, and after the last one. The next turn is
 * taken by the first call within `slack` ms before or after it, unless that call says that it can wait.
 * @param {() => number} ms
 * @param {() => void} act
 * @param {number} [slack]
 */
export const paced = (ms, act, slack = 0) => {
  let timer = 0;
  let called = false;
  let due = 0;
  const turn = quietly(() => {
    clearTimeout(timer);
    timer = 0;
    if (!called) return;
    called = false;
    due = performance.now() + ms() - slack;
    timer = setTimeout(turn, ms() + slack);
    act();
  });
  return (canWait = false) => {
    called = true;
    if (!timer || (slack && !canWait && performance.now() >= due)) turn();
  };
};
