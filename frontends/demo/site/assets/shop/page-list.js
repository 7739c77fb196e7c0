/** The list of products, with the workshop and the visitors' journal below it. */

import { pictureUrl, shelfUrl } from "../art/picture.js";
import { KINDS, PRODUCTS, price, REVIEWS } from "./catalogue.js";
import { element, stars } from "./element.js";

/** @param {import("./catalogue.js").Product} product */
export function card(product) {
  const [glaze, second] = product.glazes;
  return element(
    "a",
    { class: "card", href: `/products/${product.slug}`, "data-product": product.slug },
    element("img", {
      src: pictureUrl(product, glaze.colour, "front", second.colour),
      alt: "",
      width: 800,
      height: 1000,
    }),
    element("h3", {}, product.name),
    element("p", { class: "price" }, price(product.price)),
    element("p", { class: "line" }, product.line),
    stars(product.rating, product.reviews),
    element(
      "span",
      { class: "dots", role: "img", "aria-label": `${product.glazes.length} glazes` },
      ...product.glazes.map(({ colour }) => element("i", { style: `background: ${colour}` })),
    ),
  );
}

/** @param {string | null} kind to show; everything if the shop does not have it */
export function listPage(kind) {
  const chosen = KINDS.find((each) => each === kind);
  const shown = PRODUCTS.filter((product) => !chosen || product.kind === chosen);
  const filter = ["All", ...KINDS].map((each) =>
    element(
      "a",
      {
        href: each === "All" ? "/" : `/?kind=${each}`,
        "aria-current": each === (chosen ?? "All") ? "true" : null,
      },
      each,
    ),
  );
  const hero = element(
    "section",
    { class: "hero", id: "hero" },
    element("img", { src: shelfUrl(), alt: "Stoneware on an oak shelf in morning light" }),
    element(
      "div",
      {},
      element("h1", {}, "Stoneware from the tide line"),
      element("p", {}, "Thrown by hand at the edge of the salt marsh. Made to be used every day."),
      element("a", { class: "button", href: "/#pieces" }, "See the pieces"),
    ),
  );
  const pieces = element(
    "section",
    { id: "pieces" },
    element(
      "div",
      { class: "bar" },
      element("h2", {}, chosen ?? "All pieces"),
      element("nav", { class: "filter", "aria-label": "Kinds" }, ...filter),
    ),
    element("div", { class: "grid", id: "products" }, ...shown.map(card)),
  );
  return {
    title: chosen ?? "",
    content: chosen ? [pieces] : [hero, pieces, workshop(), journal()],
  };
}

function workshop() {
  const steps = [
    ["Throw", "Each piece is thrown on the wheel from clay that is dug eleven kilometres away."],
    ["Fire", "Once at 1,000 °C, then glazed, then at 1,260 °C until the clay rings like a bell."],
    ["Wait", "Two days in the cooling kiln. Whoever opens it early hears the glaze crack."],
  ];
  return element(
    "section",
    { id: "workshop", class: "workshop" },
    element("h2", {}, "In the workshop"),
    element(
      "ol",
      {},
      ...steps.map(([name, text]) =>
        element("li", {}, element("h3", {}, name), element("p", {}, text)),
      ),
    ),
  );
}

function journal() {
  return element(
    "section",
    { id: "visitors" },
    element("h2", {}, "What people write"),
    element(
      "div",
      { class: "panel", id: "journal", tabindex: 0, role: "region", "aria-label": "Letters" },
      ...REVIEWS.map(([name, rating, text]) =>
        element(
          "blockquote",
          {},
          stars(Number(rating)),
          element("p", {}, text),
          element("cite", {}, name),
        ),
      ),
    ),
  );
}
