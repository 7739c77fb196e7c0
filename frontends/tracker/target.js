/**
 * Finds the element under the pointer: its selector, and the position in its box.
 *
 * `x` and `y` are fractions of the box's sides, from its top left corner; `width` and `height` are px.
 *
 * @typedef {{selector: string, x: number, y: number, width: number, height: number}} Target
 */

import { quietly } from "./calls.js";

// Ingest's rule, as far as selectors made here can break it.
const SELECTOR = /^(?=.{1,512}$)[^>]+(>[a-z][a-z0-9-]*(:nth-of-type\(\d{1,5}\))?)*$/;
const ID = /^[a-z_][a-z_-]{0,63}$/i; // a program made an id with digits
const DATA_NAME = /^data(-[a-z]+)+$/;
const DATA_VALUE = /^[a-z_ -]{1,64}$/i;
// Words in a data- attribute's name or value that say an element's state or its owner.
const UNFIT =
  " active align author color current direction email false index lang mode off on open orientation " +
  "placement position selected side size state status step theme true user username value variant ";

/** `part` of a box's side, rounded to a thousandth. @param {number} part @param {number} whole */
const fraction = (part, whole) =>
  Math.min(1, Math.max(0, Math.round((1000 * part) / whole) / 1000));

/**
 * A selector that matches this element alone, by a lasting name that people gave it. It does not read the
 * property `id`, as a form's input may have that name.
 * @param {Element} element
 */
const nameOf = (element) => {
  const names = [...element.attributes].map(({ name, value }) => {
    if (name === "id" && ID.test(value)) return `#${value}`;
    const words = [...name.split("-"), value.toLowerCase()];
    const lasts = DATA_NAME.test(name) && !words.some((word) => UNFIT.includes(` ${word} `));
    return lasts && DATA_VALUE.test(value) ? `[${name}="${value}"]` : "";
  });
  // An id sorts first, as it begins with "#".
  return names.sort().find((name) => name && document.querySelectorAll(name).length === 1);
};

/** The selector's step from the parent to the element. @param {Element} element */
const stepTo = (element) => {
  const type = element.localName;
  if (element.matches(":only-of-type")) return type;
  let nth = 1;
  for (let it = element.previousElementSibling; it; it = it.previousElementSibling)
    if (it.localName === type) nth++;
  return `${type}:nth-of-type(${nth})`;
};

/** The path from the nearest named ancestor, or from the body. @param {Element} element @returns {string} */
const pathTo = (element) => {
  if (element === document.body) return "body";
  return nameOf(element) || `${pathTo(/** @type {any} */ (element.parentNode))}>${stepTo(element)}`;
};

/**
 * The target at a point: `nodes` lead outwards from the node under the pointer, `clientX` and `clientY`
 * are viewport coordinates. A shadow tree counts for its host; a drawing or an element without a box for
 * the element around it. Undefined for the page itself, for a selector that ingest would refuse, and
 * for one that finds another element.
 * @type {(nodes: EventTarget[], clientX: number, clientY: number) => Target | undefined}
 */
export const targetAt = quietly((nodes, clientX, clientY) => {
  for (const it of nodes) {
    if (!(it instanceof HTMLElement && it.matches("body *"))) continue;
    const { left, top, width, height } = it.getBoundingClientRect();
    if (!width || !height) continue;
    const selector = pathTo(it);
    if (!SELECTOR.test(selector) || document.querySelector(selector) !== it) return;
    const x = fraction(clientX - left, width);
    const y = fraction(clientY - top, height);
    return { selector, x, y, width: Math.round(width), height: Math.round(height) };
  }
});
