/**
 * Hides our errors from the page's error handlers: returns undefined when `act` throws.
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
