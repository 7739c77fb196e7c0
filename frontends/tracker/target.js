/**
 * Which element is meant: its selector, and where on its box.
 *
 * `x` and `y` are fractions of the box's sides, from its top left corner.
 *
 * @typedef {{selector: string, x: number, y: number}} Target
 */

import { quietly } from "./calls.js";

// What ingest takes, as far as what is made here can differ from it.
const SELECTOR = /^(?=.{1,512}$)[^>]+(>[a-z][a-z0-9-]*(:nth-of-type\(\d{1,5}\))?)*$/;
const ID = /^[a-z_][a-z_-]{0,63}$/i; // what has digits was numbered by a program
const DATA_NAME = /^data(-[a-z]+)+$/;
const DATA_VALUE = /^[a-z_ -]{1,64}$/i;
// As a word of a data- attribute's name, or as its value: how an element is just now, or whose.
const UNFIT =
  " active align author color current direction email false index lang mode off on open orientation " +
  "placement position selected side size state status step theme true user username value variant ";

/** Of a box's side, to its thousandth. @param {number} part @param {number} whole */
const fraction = (part, whole) =>
  Math.min(1, Math.max(0, Math.round((1000 * part) / whole) / 1000));

/**
 * A selector of the element alone, by a name that people gave it and that stays as it is. Its
 * property `id` is not asked: a form's input may be called so.
 * @param {Element} element
 */
const nameOf = (element) => {
  const names = [...element.attributes].map(({ name, value }) => {
    if (name === "id" && ID.test(value)) return `#${value}`;
    const words = [...name.split("-"), value.toLowerCase()];
    const lasts = DATA_NAME.test(name) && !words.some((word) => UNFIT.includes(` ${word} `));
    return lasts && DATA_VALUE.test(value) ? `[${name}="${value}"]` : "";
  });
  // An id first, as it begins with "#".
  return names.sort().find((name) => name && document.querySelectorAll(name).length === 1);
};

/** The last step to an element, from its parent. @param {Element} element */
const stepTo = (element) => {
  const type = element.localName;
  if (element.matches(":only-of-type")) return type;
  let nth = 1;
  for (let it = element.previousElementSibling; it; it = it.previousElementSibling)
    if (it.localName === type) nth++;
  return `${type}:nth-of-type(${nth})`;
};

/** The way from the nearest name, or from the body. @param {Element} element @returns {string} */
const wayTo = (element) => {
  if (element === document.body) return "body";
  return nameOf(element) || `${wayTo(/** @type {any} */ (element.parentNode))}>${stepTo(element)}`;
};

/**
 * The element of the document that is meant, and where on its box; `nodes` lead from what is under
 * the pointer outwards, `clientX` and `clientY` are viewport coordinates. A shadow tree belongs to
 * its host, a drawing to what it is on, and an element without a box to what it is in. The page
 * itself is no target, nor is what ingest would refuse or what would be another's.
 * @type {(nodes: EventTarget[], clientX: number, clientY: number) => Target | undefined}
 */
export const targetAt = quietly((nodes, clientX, clientY) => {
  for (const it of nodes) {
    if (!(it instanceof HTMLElement && it.matches("body *"))) continue;
    const { left, top, width, height } = it.getBoundingClientRect();
    if (!width || !height) continue;
    const selector = wayTo(it);
    if (!SELECTOR.test(selector) || document.querySelector(selector) !== it) return;
    const x = fraction(clientX - left, width);
    const y = fraction(clientY - top, height);
    return { selector, x, y };
  }
});
