/** Route changes of a single-page site: pushState, replaceState, back and forward. */

/**
 * Calls `changed` after each change of the address without a new document.
 *
 * @param {() => void} changed
 * @returns {() => void} stops that and leaves the history as it was
 */
export function watchRoutes(changed) {
  const undo = ["pushState", "replaceState"].map((name) => wrap(name, () => changed()));
  addEventListener("popstate", changed);
  return () => {
    removeEventListener("popstate", changed);
    for (const each of undo) each();
  };
}

/**
 * Browsers tell nobody of pushState and replaceState, so they are wrapped. Own properties of the
 * `history` object cover the prototype's methods, and are deleted or put back afterwards.
 *
 * @param {string} name
 * @param {() => void} after
 */
function wrap(name, after) {
  const before = Object.getOwnPropertyDescriptor(history, name);
  const original = history[name];
  let listening = true;
  /** @param {...any} values */
  const wrapped = (...values) => {
    const result = original.apply(history, values);
    if (listening) after();
    return result;
  };
  history[name] = wrapped;
  return () => {
    listening = false;
    // Someone else may have wrapped ours since; then it stays, passing calls on.
    if (history[name] !== wrapped) return;
    if (before) Object.defineProperty(history, name, before);
    else delete history[name];
  };
}
