/**
 * Reads the page: its sizes, and where on it something is.
 *
 * Lengths are in px. `document` is the content that scrolls, of the document or of an element: see
 * scroller.js. `first` is in page coordinates.
 *
 * @typedef {{width: number, height: number}} Size
 * @typedef {{document: Size, viewport: Size, first?: {x: number, y: number}}} Sizes
 * @typedef {{x: number, y: number, fixed?: true}} Place in the content, or in the viewport if `fixed`
 */

import { read } from "./dom.js";
import { quietly } from "./quietly.js";
import { cornerOf, findScroller, scrollsWith } from "./scroller.js";

const SCROLLER_MS = 1_000; // then something else may scroll: after a new route, size, or content

/** @type {Element} */
let scroller;
/** @type {import("./scroller.js").Corner} as last measured */
let corner;
let foundAt = -SCROLLER_MS;

/** Whether the page shows the overlay: then nothing is sent. */
export const hasOverlay = () => document.querySelector("[data-pageheat-overlay]");

/** Ingest accepts positive sizes only; an empty frame has size 0. @returns {Size} */
const size = (/** @type {number} */ width, /** @type {number} */ height) => ({
  width: width || 1,
  height: height || 1,
});

/**
 * The top left corner of the body's first element with a box, so not a script or style. For an element
 * that doesn't scroll: its corner when the page is scrolled to the top.
 */
const firstCorner = quietly(() => {
  let first = read(document, "body")?.firstElementChild;
  while (first && !first.getClientRects().length) first = first.nextElementSibling;
  if (!first) return;
  const { left, top } = first.getBoundingClientRect();
  const stays = /fixed|sticky/.test(getComputedStyle(first).position);
  const x = Math.round(left + (stays ? 0 : scrollX));
  const y = Math.round(top + (stays ? 0 : scrollY));
  if (x || y) return { x, y };
});

/**
 * The page as it is now. Called for samples only, as it may cost a layout. The content is at least as
 * large as what shows it.
 * @returns {Sizes}
 */
export const measure = () => {
  const now = performance.now();
  if (now - foundAt >= SCROLLER_MS || !scroller.isConnected) {
    scroller = findScroller();
    foundAt = now;
  }
  corner = cornerOf(scroller);
  return {
    document: size(scroller.scrollWidth, scroller.scrollHeight),
    viewport: size(innerWidth, innerHeight),
    first: firstCorner(),
  };
};

/** What of the content was in view when the page was measured last, px from its top. */
export const inView = () => ({
  top: Math.round(corner.above),
  height: scroller.clientHeight || 1,
});

/** Has `act` called when the element scrolls that was found last. @param {() => void} act */
export const onInnerScroll = (act) =>
  // The window hears nothing from inside of a shadow tree. Adding a listener again changes nothing.
  scroller.addEventListener("scroll", act, { passive: true });

/**
 * Where a point of the viewport is, on the page as last measured.
 * @param {EventTarget[]} nodes lead outwards from what is there
 * @param {number} clientX
 * @param {number} clientY
 * @returns {Place}
 */
export const placeOf = (nodes, clientX, clientY) => {
  if (!scrollsWith(nodes, scroller))
    return { x: Math.round(clientX), y: Math.round(clientY), fixed: true };
  const { left, top, scale } = corner;
  return { x: Math.round((clientX - left) / scale), y: Math.round((clientY - top) / scale) };
};
