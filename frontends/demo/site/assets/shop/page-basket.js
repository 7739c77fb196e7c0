/** The basket, and the page after it. */

import { pictureUrl } from "../art/picture.js";
import { MOST } from "./basket.js";
import { price, productOf } from "./catalogue.js";
import { element } from "./element.js";

/** @typedef {import("./basket.js").Basket} Basket */

/** @param {Basket} basket */
export function basketPage(basket) {
  const section = element("section", { class: "basket" });
  const draw = () => section.replaceChildren(...(basket.count ? filled(basket, draw) : empty()));
  draw();
  return { title: "Basket", content: [section] };
}

function empty() {
  return [
    element("h1", {}, "Your basket is empty"),
    element(
      "p",
      {},
      "Nothing is waiting here yet. The kiln was opened on Tuesday; there are new pieces.",
    ),
    element("a", { class: "button", href: "/" }, "See all pieces"),
  ];
}

/** @param {Basket} basket @param {() => void} draw */
function filled(basket, draw) {
  const priceOf = (/** @type {string} */ slug) => productOf(slug)?.price ?? 0;
  const order = () => basket.clear();
  return [
    element("h1", {}, "Your basket"),
    element("ul", { id: "lines" }, ...basket.lines.map((each) => line(basket, each, draw))),
    element(
      "div",
      { class: "sum" },
      element("p", {}, "Total ", element("strong", { id: "total" }, price(basket.total(priceOf)))),
      element("p", { class: "line" }, "Taxes and straw are included."),
      element("a", { id: "order", class: "button", href: "/thanks", click: order }, "Order"),
    ),
  ];
}

/** @param {Basket} basket @param {import("./basket.js").Line} line @param {() => void} draw */
function line(basket, { slug, glaze, count }, draw) {
  const product = productOf(slug);
  const colour = product?.glazes.find((each) => each.name === glaze)?.colour;
  if (!product || !colour) return null;
  const set = (/** @type {number} */ to) => {
    basket.set(slug, glaze, to);
    draw();
  };
  return element(
    "li",
    { "data-product": slug },
    element(
      "a",
      { href: `/products/${slug}` },
      element("img", { src: pictureUrl(product, colour), alt: "" }),
    ),
    element("h2", {}, product.name, element("small", {}, glaze)),
    element(
      "label",
      {},
      "Pieces ",
      element("input", {
        type: "number",
        min: 0,
        max: MOST,
        value: count,
        change: (/** @type {Event} */ event) =>
          set(Number(/** @type {HTMLInputElement} */ (event.target).value)),
      }),
    ),
    element("p", { class: "price" }, price(product.price * count)),
    element(
      "button",
      { type: "button", class: "quiet", click: () => set(0) },
      `Remove ${product.name}`,
    ),
  );
}

export function thanksPage() {
  return {
    title: "Thank you",
    content: [
      element(
        "section",
        { class: "basket" },
        element("h1", {}, "Thank you"),
        element("p", {}, "This shop is invented, so nothing was charged and nothing will be sent."),
        element("a", { class: "button", href: "/" }, "Back to the pieces"),
      ),
    ],
  };
}
