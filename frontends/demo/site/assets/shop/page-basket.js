/** The basket, and the page after an order. */

import { pictureUrl } from "../art/picture.js";
import { MOST } from "./basket.js";
import { price, productOf } from "./catalogue.js";
import { element } from "./element.js";

/** @typedef {import("./basket.js").Basket} Basket */

/** @param {Basket} basket */
export function basketPage(basket) {
  const total = element("strong", { id: "total" });
  const section = element("section", { class: "basket" });
  // Counts are updated in place, so the focus, and an element being clicked, stay.
  const sum = () => {
    total.textContent = price(basket.total(priceOf));
    if (!basket.count) section.replaceChildren(...empty());
  };
  section.append(...filled(basket, total, sum));
  sum();
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

/** @param {string} slug */
const priceOf = (slug) => productOf(slug)?.price ?? 0;

/** @param {Basket} basket @param {Element} total @param {() => void} changed */
function filled(basket, total, changed) {
  const order = () => basket.clear();
  return [
    element("h1", {}, "Your basket"),
    element("ul", { id: "lines" }, ...basket.lines.map((each) => line(basket, each, changed))),
    element(
      "div",
      { class: "sum" },
      element("p", {}, "Total ", total),
      element("p", { class: "line" }, "Taxes and straw are included."),
      element("a", { id: "order", class: "button", href: "/thanks", click: order }, "Order"),
    ),
  ];
}

/** @param {Basket} basket @param {import("./basket.js").Line} line @param {() => void} changed */
function line(basket, { slug, glaze, count }, changed) {
  const product = productOf(slug);
  const colour = product?.glazes.find((each) => each.name === glaze)?.colour;
  if (!product || !colour) return null;
  const cost = element("p", { class: "price" }, price(product.price * count));
  const input = /** @type {HTMLInputElement} */ (
    element("input", {
      type: "number",
      min: 0,
      max: MOST,
      value: count,
      change: () => set(Number(input.value)),
    })
  );
  const set = (/** @type {number} */ to) => {
    basket.set(slug, glaze, to);
    const kept = basket.countOf(slug, glaze);
    input.value = String(kept);
    cost.textContent = price(product.price * kept);
    if (!kept) remove();
    changed();
  };
  const remove = () => {
    item.closest("main")?.focus();
    item.remove();
  };
  const item = element(
    "li",
    { "data-product": slug },
    element(
      "a",
      { href: `/products/${slug}` },
      element("img", { src: pictureUrl(product, colour), alt: "" }),
    ),
    element("h2", {}, product.name, element("small", {}, glaze)),
    element("label", {}, "Pieces ", input),
    cost,
    element(
      "button",
      {
        type: "button",
        class: "quiet",
        "aria-label": `Remove ${product.name}`,
        click: () => set(0),
      },
      "Remove",
    ),
  );
  return item;
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
