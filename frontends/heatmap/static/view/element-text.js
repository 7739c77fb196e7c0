/** Reads what an element of the page is called, as the page is now. */

import { BLANK, nameOf } from "../core/element-name.js";

/** An element with more text than this, characters, is not named by it; reading less saves layout. */
const LONG_TEXT = 400;

/** What formats text, and is no part of its own. */
const FORMATTING =
  "b, i, u, s, em, strong, small, big, mark, code, kbd, samp, var, sub, sup, del, ins, abbr, cite, q, time, " +
  "span, font, bdi, bdo, br, wbr, img, svg, svg *, picture, source, ruby, rt, rp";

/** Elements that are clicked as a whole: they name the pictures and icons inside. */
const AROUND = "a[href], button, label, figure, li";

const HEADINGS = "h1, h2, h3, h4, h5, h6, legend, caption, figcaption";

/** From this part of the page's width and height, an element is as good as the page itself. */
const WIDE = 0.9;
const HIGH = 0.5;

/** @param {Element} element @returns {string} */
export function textOf(element) {
  const { body, documentElement: root } = document;
  if (element === body || element === root) return BLANK;
  return nameOf({ ...factsOf(element), around: aroundOf(element) });
}

/** @param {Element} element @returns {import("../core/element-name.js").Facts} */
function factsOf(element) {
  // A form's input may have the name of a property.
  const read = (/** @type {string} */ name) =>
    Element.prototype.getAttribute.call(element, name) ?? "";
  const headings = element.querySelectorAll(HEADINGS);
  const named = element.querySelector(':is([alt], [aria-label]):not([alt=""], [aria-label=""])');
  return {
    tag: element.localName,
    role: read("role"),
    label: read("aria-label") || labelledBy(read("aria-labelledby")),
    id: read("id"),
    text: writtenIn(element),
    heading: headings.length === 1 ? (headings[0].textContent ?? "") : "",
    alternative: ["alt", "placeholder", "title"].map(read).find(Boolean) || alternativeOf(named),
    hasParts: element.querySelector(`:not(${FORMATTING})`) !== null,
    isPageWide: isPageWide(element),
  };
}

/** @param {Element | null} named */
function alternativeOf(named) {
  return named?.getAttribute("alt") || named?.getAttribute("aria-label") || "";
}

/** @param {string} ids */
function labelledBy(ids) {
  const labels = ids.split(/\s+/).map((id) => id && document.getElementById(id)?.textContent);
  return labels.filter(Boolean).join(" ");
}

/** The name of what it is in: something that is clicked as a whole, or a part of the page. @param {Element} element */
function aroundOf(element) {
  const whole = element.parentElement?.closest(AROUND);
  if (whole) return nameOf(factsOf(whole));
  const part = element.parentElement?.closest("[id]");
  return part ? `#${part.getAttribute("id")}` : "";
}

/** @param {Element} element */
function writtenIn(element) {
  // Visitors' input is not read; a button's text is.
  if (element instanceof HTMLInputElement) {
    return /^(submit|button|reset)$/.test(element.type) ? element.value : "";
  }
  if (element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement) return "";
  const text = element.textContent ?? "";
  if (text.length > LONG_TEXT) return text.slice(0, LONG_TEXT);
  // Hidden elements have no `innerText` as shown.
  const shown = element instanceof HTMLElement && element.checkVisibility();
  return (shown && element.innerText) || text;
}

/** @param {Element} element */
function isPageWide(element) {
  const { width, height } = element.getBoundingClientRect();
  const { scrollWidth, scrollHeight } = document.documentElement;
  return width >= WIDE * scrollWidth && height >= HIGH * scrollHeight;
}
