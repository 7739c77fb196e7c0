/** The page with the bookmarklets to drag: a hint after a click on one, and the copy buttons. */

import { copy } from "../view/copy.js";
import { setText } from "../view/element.js";

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
  const code = /** @type {HTMLElement} */ (button.previousElementSibling);
  button.addEventListener("click", () => copy(button, code));
}
