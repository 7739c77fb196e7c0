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
 * Acts at the first call, at most every `ms` while more calls come, and after the last one.
 * @param {() => number} ms
 * @param {() => void} act
 */
export const paced = (ms, act) => {
  let timer = 0;
  let called = false;
  const turn = quietly(() => {
    timer = 0;
    if (!called) return;
    called = false;
    timer = setTimeout(turn, ms());
    act();
  });
  return () => {
    called = true;
    if (!timer) turn();
  };
};
