/** One product: its pictures in each glaze, its description, and its reviews. */

import { pictureUrl, VIEWS } from "../art/picture.js";
import { PRODUCTS, price, productOf, REVIEWS } from "./catalogue.js";
import { element, stars } from "./element.js";
import { card } from "./page-list.js";

/**
 * @param {string} slug
 * @param {import("./basket.js").Basket} basket
 */
export function productPage(slug, basket) {
  const product = productOf(slug);
  if (!product) return null;
  let glaze = product.glazes[0];
  let view = VIEWS[0];
  const large = element("img", { id: "picture", alt: "", width: 800, height: 1000 });
  const second = () => product.glazes[(product.glazes.indexOf(glaze) + 1) % product.glazes.length];
  const thumbs = VIEWS.map((each) => {
    const small = element("img", { alt: "" });
    const choose = () => {
      view = each;
      draw();
    };
    const label = `Picture: ${each}`;
    const button = element("button", { type: "button", "aria-label": label, click: choose }, small);
    return { each, small, button };
  });

  const draw = () => {
    large.setAttribute("src", pictureUrl(product, glaze.colour, view, second().colour));
    large.setAttribute("alt", `${product.name} in ${glaze.name}`);
    for (const { each, small, button } of thumbs) {
      small.setAttribute("src", pictureUrl(product, glaze.colour, each, second().colour));
      button.setAttribute("aria-pressed", String(each === view));
    }
  };
  draw();

  const glazes = element(
    "fieldset",
    { class: "glazes" },
    element("legend", {}, "Glaze"),
    ...product.glazes.map((each) =>
      element(
        "label",
        {},
        element("input", {
          type: "radio",
          name: "glaze",
          value: each.name,
          checked: each === glaze,
          change: () => {
            glaze = each;
            draw();
          },
        }),
        element("i", { style: `background: ${each.colour}` }),
        each.name,
      ),
    ),
  );
  const said = element("p", { class: "said", role: "status" });
  const add = () => {
    basket.add(product.slug, glaze.name);
    said.replaceChildren(
      `${product.name} in ${glaze.name} is in your basket. `,
      element("a", { href: "/basket" }, "See it"),
    );
  };
  const article = element(
    "article",
    { class: "product", "data-product": product.slug },
    element(
      "div",
      { class: "gallery" },
      large,
      element(
        "div",
        { class: "thumbs", role: "group", "aria-label": "Pictures" },
        ...thumbs.map(({ button }) => button),
      ),
    ),
    element(
      "div",
      { class: "buy" },
      element("a", { class: "kind", href: `/?kind=${product.kind}` }, product.kind),
      element("h1", {}, product.name),
      element("p", { class: "price" }, price(product.price)),
      stars(product.rating, product.reviews),
      element("p", { class: "line" }, product.line),
      glazes,
      element(
        "button",
        { id: "add", class: "button", type: "button", click: add },
        "Add to basket",
      ),
      said,
      details(product),
    ),
  );
  return {
    title: product.name,
    content: [article, story(product), reviews(product), related(product)],
  };
}

/** @param {import("./catalogue.js").Product} product */
function details(product) {
  const rows = [
    ["Size", product.size],
    ["Clay", "Stoneware with iron, from the marsh"],
    ["Fired at", "1,260 °C"],
    ["Care", product.kind === "Light" ? "A dry cloth" : "Dishwasher and microwave, both"],
    ["Sent", "Within three days, in straw"],
  ];
  return element(
    "dl",
    { id: "details" },
    ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}

/** @param {import("./catalogue.js").Product} product */
function story(product) {
  const [, second] = product.glazes;
  return element(
    "section",
    { class: "story", id: "story" },
    element("img", {
      src: pictureUrl(product, second.colour, "above"),
      alt: "",
      width: 800,
      height: 1000,
    }),
    element(
      "div",
      {},
      element("h2", {}, "No two of them"),
      element(
        "p",
        {},
        "The glaze is mixed from ash and local stone, so it runs where the wall is steep and thins where " +
          "an edge is sharp. Where it thins the clay shows through, and that line is never twice the same.",
      ),
      element(
        "p",
        {},
        "Every piece is thrown by one person from start to end and signed under the foot. Small marks from " +
          "the fingers stay where they were made. They are not faults; they are how you can tell.",
      ),
      element(
        "p",
        {},
        "What breaks on its way to you is replaced without a question. What breaks later we will gladly mend " +
          "with lacquer, for the price of the post.",
      ),
    ),
  );
}

/** @param {import("./catalogue.js").Product} product */
function reviews(product) {
  const first = PRODUCTS.indexOf(product) % REVIEWS.length;
  const turned = [...REVIEWS.slice(first), ...REVIEWS.slice(0, first)];
  return element(
    "section",
    { id: "reviews" },
    element("h2", {}, `${product.reviews} reviews`),
    element(
      "div",
      { class: "panel", id: "review-list", tabindex: 0, role: "region", "aria-label": "Reviews" },
      ...turned.map(([name, rating, text]) =>
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

/** @param {import("./catalogue.js").Product} product */
function related(product) {
  const others = PRODUCTS.filter((each) => each !== product);
  const first = PRODUCTS.indexOf(product) % others.length;
  const four = [...others, ...others].slice(first, first + 4);
  return element(
    "section",
    { id: "related" },
    element("h2", {}, "Stands well beside"),
    element("div", { class: "grid" }, ...four.map(card)),
  );
}
