/**
 * Finds the element under the pointer: its selector, and the position in its box.
 *
 * `x` and `y` are fractions of the box's sides, from its top left corner; `width` and `height` are px.
 *
 * @typedef {{selector: string, x: number, y: number, width: number, height: number}} Target
 */

import { quietly } from "./calls.js";
import { call, findAll, read } from "./dom.js";

const FIT = /^.{1,1024}$/; // ingest's limit
const ID = /^[a-z_][a-z_-]{0,63}$/i; // a program made an id with digits

/** `part` of a box's side, rounded to a thousandth. @param {number} part @param {number} whole */
const fraction = (part, whole) =>
  Math.min(1, Math.max(0, Math.round((1000 * part) / whole) / 1000));

/** A selector by the element's id, if that lasts and is no other's. @param {Element} element */
const nameById = (element) => {
  const id = read(element, "id");
  return ID.test(id) && findAll(`#${id}`).length === 1 ? `#${id}` : "";
};

/** The selector's step from the parent to the element. @param {Element} element */
const stepTo = (element) => {
  const type = read(element, "localName");
  const step = CSS.escape(type); // pasted from a word processor: <o:p>
  if (call(element, "matches", ":only-of-type")) return step;
  let nth = 0;
  for (let it = element; it; it = read(it, "previousElementSibling"))
    if (read(it, "localName") === type) nth++;
  return `${step}:nth-of-type(${nth})`;
};

/**
 * The path from the nearest named ancestor, or from the body.
 * @param {Element} element
 * @param {Naming} [lasting]
 * @returns {string}
 */
const pathTo = (element, lasting) => {
  if (element === read(document, "body")) return "body";
  return (
    nameById(element) ||
    lasting?.(element) ||
    `${pathTo(read(element, "parentNode"), lasting)}>${stepTo(element)}`
  );
};

/**
 * The target at a point: `nodes` lead outwards from the node under the pointer, `clientX` and `clientY`
 * are viewport coordinates. A shadow tree counts for its host; a drawing, and an element without a box
 * or a fit selector, for the element around it. Undefined for the page itself.
 * @typedef {(element: Element) => string | undefined} Naming is in names.js
 * @type {(nodes: EventTarget[], clientX: number, clientY: number, lasting?: Naming) => Target | undefined}
 */
export const targetAt = quietly((nodes, clientX, clientY, lasting) => {
  for (const node of nodes) {
    if (!(node instanceof HTMLElement)) continue;
    const { left, top, width, height } = call(node, "getBoundingClientRect");
    if (!width || !height || !call(node, "matches", "body *")) continue;
    const selector = pathTo(node, lasting);
    if (!FIT.test(selector) || findAll(selector)[0] !== node) continue;
    return {
      selector,
      x: fraction(clientX - left, width),
      y: fraction(clientY - top, height),
      width: Math.round(width),
      height: Math.round(height),
    };
  }
});
