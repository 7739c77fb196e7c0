/** Copies a text for the reader, and says so on the button. */

import { setText } from "./element.js";

/** How long a button shows that it has copied, ms. */
const FEEDBACK_MS = 2000;

/** @param {HTMLButtonElement} button @param {HTMLElement} code has the text */
export async function copy(button, code) {
  try {
    await navigator.clipboard.writeText(code.textContent ?? "");
    setText(button, "Copied");
  } catch {
    // Browsers allow the clipboard only for https: and for this machine.
    getSelection()?.selectAllChildren(code);
    setText(button, "Selected");
  }
  setTimeout(() => setText(button, "Copy"), FEEDBACK_MS);
}
