/**
 * What scrolls on a page: the document or, where that can't, the one element that scrolls and covers most
 * of the viewport: the main part of an app shell, or a scrolling body.
 *
 * Tracker and overlay share this file, so that heat is drawn where it was counted. A place in the *content*
 * is in px from the top left corner of all that can be scrolled to, on pages from right to left, too.
 *
 * @typedef {{left: number, top: number, scale: number, above: number}} Corner
 *   The content's corner in the viewport, the px of the viewport per px of the content, and the px of the content
 *   that are scrolled away above.
 */

import { call, read } from "./dom.js";

const SLACK_PX = 100; // a document that scrolls less does so for a margin, or a telephone's address bar

/** The element that scrolls. Costs a hit test and a layout. */
export const findScroller = () => {
  const root = document.scrollingElement || document.documentElement;
  const locked = /hidden|clip/.test(
    getComputedStyle(root).overflowY + getComputedStyle(read(document, "body")).overflowY,
  );
  // A dialog may lock a document that has been scrolled.
  if ((locked ? scrollY : root.scrollHeight - root.clientHeight) > SLACK_PX) return root;
  // What covers more than half of the viewport covers its centre. The outermost comes last.
  const x = innerWidth / 2;
  const y = innerHeight / 2;
  const inner = document
    .elementsFromPoint(x, y)
    .flatMap((it) => read(it, "shadowRoot")?.elementsFromPoint(x, y) || it)
    .filter(
      (it) =>
        it.scrollHeight > it.clientHeight + 1 &&
        it.clientWidth * it.clientHeight > x * y * 2 &&
        /auto|scroll/.test(getComputedStyle(it).overflowY),
    );
  return inner.pop() || root;
};

/** @param {Element} scroller @returns {Corner} */
export const cornerOf = (scroller) => {
  const isRoot = scroller === document.scrollingElement;
  const { left, top, width } = scroller.getBoundingClientRect();
  const scale = width / /** @type {HTMLElement} */ (scroller).offsetWidth;
  const { direction, display, flexDirection, writingMode } = getComputedStyle(
    isRoot ? read(document, "body") : scroller,
  );
  const flow = /flex/.test(display) && !isRoot && flexDirection;
  let { scrollLeft: x, scrollTop: y } = scroller;
  // From right to left, `scrollLeft` is 0 at the right end; in a chat, `scrollTop` at the lower one.
  if ((direction === "rtl" || writingMode === "vertical-rl") !== (flow === "row-reverse"))
    x += scroller.scrollWidth - scroller.clientWidth;
  if (flow === "column-reverse") y += scroller.scrollHeight - scroller.clientHeight;
  if (isRoot) return { left: -x, top: -y, scale: 1, above: y };
  return {
    left: left + scale * (scroller.clientLeft - x),
    top: top + scale * (scroller.clientTop - y),
    scale,
    above: y,
  };
};

/** Whether a sticky element is at the edge that it sticks to. @param {Element} element @param {Element} scroller */
const isStuck = (element, scroller) => {
  const { top, bottom } = call(element, "getBoundingClientRect");
  const sticks = getComputedStyle(element);
  let first = 0;
  let last = scroller.clientHeight;
  if (scroller !== document.scrollingElement) {
    // It stays inside of the padding.
    const { paddingTop, paddingBottom } = getComputedStyle(scroller);
    const edge = scroller.getBoundingClientRect().top + scroller.clientTop;
    first = edge + Number.parseFloat(paddingTop);
    last += edge - Number.parseFloat(paddingBottom);
  }
  return (
    Math.abs(top - first - Number.parseFloat(sticks.top)) < 1 ||
    Math.abs(last - bottom - Number.parseFloat(sticks.bottom)) < 1
  );
};

/**
 * Whether something scrolls with the content: it is inside of the scroller, and in no part that is fixed or
 * that sticks at the moment.
 * @param {EventTarget[]} nodes lead outwards from it
 * @param {Element} scroller
 */
export const scrollsWith = (nodes, scroller) => {
  let fixed = false;
  let stuck = false;
  for (const it of nodes) {
    if (it === scroller) return !fixed && !stuck;
    if (!(it instanceof Element)) continue;
    const { position, transform } = getComputedStyle(it);
    // A transformed element, or one with a filter and the like, moves even its fixed parts: it is their
    // `offsetParent` then, which WebKit does not tell.
    if (transform !== "none") fixed = false;
    if (position === "fixed" && !read(it, "offsetParent")) fixed = true;
    if (position === "sticky" && isStuck(it, scroller)) stuck = true;
  }
  return scroller === document.scrollingElement;
};
