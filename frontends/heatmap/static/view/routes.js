/** Detects route changes of a single-page site: pushState, replaceState, back and forward. */

/**
 * Calls `changed` after each address change within the document.
 *
 * @param {() => void} changed
 * @returns {() => void} stops, and restores `history`
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
 * Browsers fire no event for pushState and replaceState, so they are wrapped: own properties of `history`
 * shadow the prototype's methods, and are deleted or restored afterwards.
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
    // If other code has wrapped ours since, it stays and only forwards calls.
    if (history[name] !== wrapped) return;
    if (before) Object.defineProperty(history, name, before);
    else delete history[name];
  };
}
