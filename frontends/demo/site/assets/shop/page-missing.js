/** A page that is not there. */

import { element } from "./element.js";

export function missingPage() {
  return {
    title: "Not found",
    content: [
      element(
        "section",
        { class: "basket", id: "missing" },
        element("h1", {}, "This page is at high water"),
        element(
          "p",
          {},
          "There is nothing at this address. What you look for may stand on another shelf.",
        ),
        element("a", { class: "button", href: "/" }, "See all pieces"),
      ),
    ],
  };
}
