/** Reads what an element of the page is called, as the page is now. */

import { call, read } from "../core/dom.js";
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
  const written = (/** @type {string} */ name) => call(element, "getAttribute", name) ?? "";
  const find = (/** @type {string} */ selector) => call(element, "querySelector", selector);
  const headings = call(element, "querySelectorAll", HEADINGS);
  const named = find(':is([alt], [aria-label]):not([alt=""], [aria-label=""])');
  return {
    tag: read(element, "localName"),
    role: written("role"),
    label: written("aria-label") || labelledBy(written("aria-labelledby")),
    id: written("id"),
    text: writtenIn(element),
    heading: headings.length === 1 ? (headings[0].textContent ?? "") : "",
    alternative: ["alt", "placeholder", "title"].map(written).find(Boolean) || alternativeOf(named),
    hasParts: find(`:not(${FORMATTING})`) !== null,
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
  const parent = read(element, "parentElement");
  const whole = parent && call(parent, "closest", AROUND);
  if (whole) return nameOf(factsOf(whole));
  const part = parent && call(parent, "closest", "[id]");
  return part ? `#${call(part, "getAttribute", "id")}` : "";
}

/** @param {Element} element */
function writtenIn(element) {
  // Visitors' input is not read; a button's text is.
  if (element instanceof HTMLInputElement) {
    return /^(submit|button|reset)$/.test(element.type) ? element.value : "";
  }
  if (element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement) return "";
  const text = read(element, "textContent") ?? "";
  if (text.length > LONG_TEXT) return text.slice(0, LONG_TEXT);
  // Hidden elements have no `innerText` as shown.
  const shown = element instanceof HTMLElement && call(element, "checkVisibility");
  return (shown && read(element, "innerText")) || text;
}

/** @param {Element} element */
function isPageWide(element) {
  const { width, height } = call(element, "getBoundingClientRect");
  const { scrollWidth, scrollHeight } = document.documentElement;
  return width >= WIDE * scrollWidth && height >= HIGH * scrollHeight;
}
