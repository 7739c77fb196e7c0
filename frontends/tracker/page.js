/**
 * Reads the page: its sizes, and which elements do not scroll with it.
 *
 * Lengths are in px. `first` is in page coordinates.
 *
 * @typedef {{width: number, height: number}} Size
 * @typedef {{path: string, document: Size, viewport: Size, first?: {x: number, y: number}}} Page
 */

import { quietly } from "./calls.js";

/** Whether the page shows the overlay: then nothing is sent. */
export const hasOverlay = () => document.querySelector("[data-pageheat-overlay]");

/** Ingest accepts positive sizes only; an empty frame has size 0. @returns {Size} */
const size = (/** @type {number} */ width, /** @type {number} */ height) => ({
  width: Math.max(1, width),
  height: Math.max(1, height),
});

/** Whether one of the nodes does not scroll with the page. @param {EventTarget[]} nodes */
export const isFixed = (nodes) =>
  nodes.some((it) => it instanceof Element && /fixed|sticky/.test(getComputedStyle(it).position));

/**
 * The top left corner of the body's first element with a box, so not a script or style. For an element
 * that doesn't scroll: its corner when the page is scrolled to the top.
 */
const firstCorner = quietly(() => {
  let first = document.body?.firstElementChild;
  while (first && !first.getClientRects().length) first = first.nextElementSibling;
  if (!first) return;
  const { left, top } = first.getBoundingClientRect();
  const fixed = isFixed([first]);
  const x = Math.round(fixed ? left : left + scrollX);
  const y = Math.round(fixed ? top : top + scrollY);
  if (x || y) return { x, y };
});

/**
 * The page as it is now. Called for samples only, as it may cost a layout. The scrolling element (the
 * body in quirks mode) is at least as large as the viewport.
 * @returns {Page}
 */
export const measure = () => {
  const root = document.scrollingElement || document.documentElement;
  return {
    path: location.pathname,
    document: size(root.scrollWidth, root.scrollHeight),
    viewport: size(innerWidth, innerHeight),
    first: firstCorner(),
  };
};
