/** Makes elements: `element("a", { href: "/" }, "Home")`. Text is text, never markup. */

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes] functions are listeners, false and null are left out
 * @param {...(Node | string | number | null)} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, String(value));
  }
  made.append(
    ...children
      .filter((child) => child != null)
      .map((child) => (child instanceof Node ? child : String(child))),
  );
  return made;
}

/** @param {number} rating of 5 @param {number} [count] of reviews */
export const stars = (rating, count) =>
  element(
    "span",
    {
      class: "stars",
      role: "img",
      "aria-label": `${rating} of 5 stars`,
      style: `--rating: ${rating}`,
    },
    count ? element("small", {}, `(${count})`) : null,
  );
