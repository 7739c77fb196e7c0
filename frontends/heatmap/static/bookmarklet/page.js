/** The page with the bookmarklets to drag: a hint after a click on one, and the copy buttons. */

import { setText } from "../view/element.js";

/** How long a button shows that it has copied, ms. */
const FEEDBACK_MS = 2000;

const hint = /** @type {HTMLElement} */ (document.querySelector(".hint"));

for (const mark of document.querySelectorAll(".mark")) {
  mark.addEventListener("click", (event) => {
    event.preventDefault();
    setText(
      hint,
      `Drag “${mark.textContent}” up to the bookmarks bar. It works on the pages of your site.`,
    );
  });
}

for (const button of document.querySelectorAll("button")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

/** @param {HTMLButtonElement} button beside the text that it copies */
async function copy(button) {
  const code = /** @type {HTMLElement} */ (button.previousElementSibling);
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
