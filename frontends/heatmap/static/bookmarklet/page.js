/** The page from which the bookmarklets are dragged: what a click there says, and the copy buttons. */

import { setText } from "../view/element.js";

/** How long a button says that it has copied, ms. */
const SAID_MS = 2000;

const hint = /** @type {HTMLElement} */ (document.querySelector(".hint"));

for (const mark of document.querySelectorAll(".mark")) {
  mark.addEventListener("click", (event) => {
    event.preventDefault();
    setText(
      hint,
      `Drag “${mark.textContent}” up to the bookmarks bar. It does its work on a page of your site.`,
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
    // Browsers give the clipboard to https: and to this machine alone.
    getSelection()?.selectAllChildren(code);
    setText(button, "Selected");
  }
  setTimeout(() => setText(button, "Copy"), SAID_MS);
}
