/** Copies text to the clipboard. */

import { element } from "./element.js";

/**
 * @param {string} text
 * @param {Element} beside where a field may be for a moment
 * @returns {Promise<boolean>} whether the browser allowed it
 */
export async function copyText(text, beside) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Absent on http: pages, or forbidden: the old way needs selected text.
  }
  const root = /** @type {ShadowRoot} */ (beside.getRootNode());
  const before = root.activeElement ?? document.activeElement;
  const field = element("textarea", { readonly: true, "aria-hidden": "true" });
  field.value = text;
  beside.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return copied;
}
