/** The list of warm pages as a drawer beside the page. */

import { BoardList } from "./board-list.js";
import { element, iconButton } from "./element.js";
import { enter, hasFocus } from "./focus.js";

const THUMBNAIL_BOX = { width: 44, height: 56 };

/** The page with the same list. */
const PAGE = new globalThis.URL("../", import.meta.url).href;

export class Drawer {
  #list;
  #closed;
  #close = iconButton("Close the list", "M4 4l8 8M12 4l-8 8", () => this.close());

  /**
   * @param {string} broadcaster origin
   * @param {(hadFocus: boolean) => void} closed called when the drawer closes
   */
  constructor(broadcaster, closed) {
    this.#closed = closed;
    this.#list = new BoardList(broadcaster, THUMBNAIL_BOX);
    const all = element("a", { class: "all", href: PAGE }, "Open as a page");
    this.node = element(
      "section",
      { class: "drawer", role: "dialog", "aria-label": "Warm pages", tabindex: -1, hidden: true },
      element("header", {}, element("h2", {}, "Warm pages"), all, this.#close),
      this.#list.node,
    );
    this.node.addEventListener("keydown", (event) => {
      if (this.#list.press(event)) return;
      if (event.key === "Escape") this.close();
    });
  }

  toggle() {
    if (!this.node.hidden) return this.close();
    this.node.hidden = false;
    this.#list.start();
    enter(this.node);
  }

  close() {
    if (this.node.hidden) return;
    const hadFocus = hasFocus(this.node);
    this.node.hidden = true;
    this.#list.stop();
    this.#closed(hadFocus);
  }
}
