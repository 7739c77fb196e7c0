/** The page for unknown addresses. */

import { PRODUCTS } from "./catalogue.js";
import { element } from "./element.js";
import { card } from "./page-list.js";

const SUGGESTED = 4;

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
        element("div", { class: "grid" }, ...PRODUCTS.slice(0, SUGGESTED).map(card)),
      ),
    ],
  };
}
