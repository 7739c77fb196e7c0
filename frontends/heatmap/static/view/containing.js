/**
 * The ancestors of an element that determine its place and visibility.
 *
 * @typedef {{ clippers: Element[], pinned: boolean }} Containing
 *   `clippers` are the ancestors that clip it; `pinned`: the element is in a part that does not scroll with
 *   the page (`position: fixed` or `sticky`, or outside of the element that scrolls).
 */

import { read } from "../core/dom.js";

/** An element with any of these, unless "none", contains even `position: fixed` descendants. */
const HOLDING = /** @type {const} */ ([
  "transform",
  "translate",
  "rotate",
  "scale",
  "perspective",
  "filter",
  "backdropFilter",
]);

/**
 * For many elements at one moment: the layout of common ancestors is read only once.
 *
 * @param {Element | null} scroller the element that scrolls, which clips its content by itself; null if the
 *   document does
 * @returns {(element: Element) => Containing}
 */
export function containing(scroller) {
  /** @type {Map<Element, ReturnType<typeof layoutOf>>} */
  const known = new Map();
  return (element) => {
    /** @type {Element[]} */
    const clippers = [];
    let { position } = getComputedStyle(element);
    let pinned = position === "sticky";
    let scrolls = scroller === null;
    for (let node = outer(element); node && node !== document.documentElement; node = outer(node)) {
      const layout = known.get(node) ?? layoutOf(node);
      known.set(node, layout);
      // A positioned element is placed and clipped by its containing block.
      if (position === "fixed" && !layout.holdsFixed) continue;
      if (position === "absolute" && layout.position === "static" && !layout.holdsFixed) continue;
      if (node === scroller && !pinned) {
        scrolls = true;
        break;
      }
      if (layout.cutsOff) clippers.push(node);
      position = layout.position;
      pinned ||= position === "sticky";
    }
    return { clippers, pinned: pinned || !scrolls || position === "fixed" };
  };
}

/** @param {Element} node */
function layoutOf(node) {
  const style = getComputedStyle(node);
  return {
    position: style.position,
    holdsFixed: holdsFixed(style),
    cutsOff: cutsOff(style) && !isViewports(node),
  };
}

/** The parent as rendered, also across shadow roots. @param {Element} element */
export function outer(element) {
  const parent = read(element, "assignedSlot") ?? read(element, "parentNode");
  if (parent instanceof ShadowRoot) return parent.host;
  return parent instanceof Element ? parent : null;
}

/** Whether an element is `fixed` and does not scroll, as it would within a transformed one. @param {Element} element */
export function isFixed(element) {
  return getComputedStyle(element).position === "fixed" && containing(null)(element).pinned;
}

/** Whether it contains even `position: fixed` descendants. @param {CSSStyleDeclaration} style */
function holdsFixed(style) {
  const { contain, contentVisibility, willChange } = style;
  return (
    /auto|hidden/.test(contentVisibility) ||
    HOLDING.some((name) => style[name] && style[name] !== "none") ||
    /paint|layout|strict|content/.test(contain) ||
    /transform|perspective|filter/.test(willChange)
  );
}

/** @param {CSSStyleDeclaration} style */
function cutsOff({ overflowX, overflowY, display, contain }) {
  if (display === "inline" || display === "contents") return false;
  return overflowX !== "visible" || overflowY !== "visible" || /paint|strict|content/.test(contain);
}

/** Whether its overflow applies to the viewport: the body's, unless the root has its own. @param {Element} node */
function isViewports(node) {
  return (
    node === read(document, "body") &&
    getComputedStyle(document.documentElement).overflow === "visible"
  );
}
