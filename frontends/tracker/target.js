/**
 * Finds the element under the pointer: its selector, and the position in its box. The selector is its path in
 * the document, from the nearest element that `Naming` has a name for: names.js, once that is there.
 *
 * `x` and `y` are fractions of the box's sides, from its top left corner; `width` and `height` are px.
 *
 * @typedef {{selector: string, x: number, y: number, width: number, height: number}} Target
 * @typedef {(element: Element) => string | undefined} Naming
 */

import { call, findAll, read, seenOn } from "./dom.js";
import { quietly } from "./quietly.js";

const FIT = /^.{1,1024}$/; // ingest's limit

/** `part` of a box's side, rounded to a thousandth. @param {number} part @param {number} whole */
const fraction = (part, whole) => Math.round(Math.min(1, Math.max(0, part / whole)) * 1000) / 1000;

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
 * @type {(element: Element, naming?: Naming) => string}
 */
const pathTo = (element, naming) =>
  element === read(document, "body")
    ? "body"
    : naming?.(element) || `${pathTo(read(element, "parentNode"), naming)}>${stepTo(element)}`;

/**
 * A selector that matches no other element, undefined if there is none that ingest takes.
 * @type {(element: Element, naming?: Naming) => string | undefined}
 */
export const selectorOf = quietly((element, naming) => {
  const selector = pathTo(element, naming);
  if (FIT.test(selector) && findAll(selector).every((it) => it === element)) return selector;
});

/**
 * The element at a point, and the target: `nodes` lead outwards from the node under the pointer, `clientX` and
 * `clientY` are viewport coordinates. A shadow tree counts for its host; a drawing, and an element without a
 * box or a fit selector, for the element around it. Undefined for the page itself.
 * @type {(nodes: EventTarget[], clientX: number, clientY: number, naming?: Naming) => [Element, Target] | undefined}
 */
export const targetAt = quietly((nodes, clientX, clientY, naming) => {
  for (const node of nodes) {
    if (!(node instanceof HTMLElement)) continue;
    const { left, top, width, height } = call(seenOn(node), "getBoundingClientRect");
    if (!width || !height || !call(node, "matches", "body *")) continue;
    const selector = selectorOf(node, naming);
    if (!selector) continue;
    const x = fraction(clientX - left, width);
    const y = fraction(clientY - top, height);
    return [node, { selector, x, y, width: Math.round(width), height: Math.round(height) }];
  }
});
