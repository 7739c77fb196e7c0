/**
 * What an element is in, as far as its place and visibility depend on it.
 *
 * @typedef {{ clippers: Element[], pinned: boolean }} Containing
 *   `clippers` are the parts around it that cut off what overflows them; `pinned` if the element is in a
 *   part that doesn't scroll with the page (`position: fixed` or `sticky`).
 */

/** With any of these, unless it is "none", even `position: fixed` is relative to an element. */
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
 * Answers for many elements of one moment: what they are in together is only read once.
 *
 * @returns {(element: Element) => Containing}
 */
export function containing() {
  /** @type {Map<Element, ReturnType<typeof layoutOf>>} */
  const known = new Map();
  return (element) => {
    /** @type {Element[]} */
    const clippers = [];
    let { position } = getComputedStyle(element);
    let pinned = position === "sticky";
    for (let node = outer(element); node && node !== document.documentElement; node = outer(node)) {
      const layout = known.get(node) ?? layoutOf(node);
      known.set(node, layout);
      // What is positioned is laid out, and cut off, by the part that it is positioned by.
      if (position === "fixed" && !layout.holdsFixed) continue;
      if (position === "absolute" && layout.position === "static" && !layout.holdsFixed) continue;
      if (layout.cutsOff) clippers.push(node);
      position = layout.position;
      pinned ||= position === "sticky";
    }
    return { clippers, pinned: pinned || position === "fixed" };
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

/** The element around it on the screen, out of shadow trees too. @param {Element} element */
export function outer(element) {
  const parent = element.assignedSlot ?? element.parentNode;
  if (parent instanceof ShadowRoot) return parent.host;
  return parent instanceof Element ? parent : null;
}

/** Whether even `position: fixed` is relative to it. @param {CSSStyleDeclaration} style */
function holdsFixed(style) {
  const { contain, willChange } = style;
  return (
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

/** Whether an element's overflow is the window's: the body's, unless the root has its own. @param {Element} node */
function isViewports(node) {
  return (
    node === document.body && getComputedStyle(document.documentElement).overflow === "visible"
  );
}
