/** The key that works wherever the focus is in the page. */

/** As written for people and in `aria-keyshortcuts`. No browser or site is known to use it. */
export const FOLD_KEY = "Alt+Shift+H";

/**
 * @param {() => void} pressed
 * @param {AbortSignal} signal
 */
export function listenToFoldKey(pressed, signal) {
  /** @param {KeyboardEvent} event */
  const hear = (event) => {
    const { altKey, shiftKey, ctrlKey, metaKey, code, key } = event;
    // With Alt, some keyboards type another letter, and on others H is elsewhere.
    const isH = code === "KeyH" || key.toLowerCase() === "h";
    if (!isH || !altKey || !shiftKey || ctrlKey || metaKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!event.repeat) pressed();
  };
  addEventListener("keydown", hear, { capture: true, signal });
}
