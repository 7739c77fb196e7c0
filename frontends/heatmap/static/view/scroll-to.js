/** Scrolls an element of the page into view. */

import { call } from "../core/dom.js";

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

/** @param {Element | null | undefined} element the root is the page itself, which is always in view */
export function scrollTo(element) {
  if (!element || element === document.documentElement) return;
  const tall = call(element, "getBoundingClientRect").height > innerHeight;
  call(element, "scrollIntoView", {
    block: tall ? "start" : "center",
    inline: "nearest",
    behavior: stillness.matches ? "instant" : "smooth",
  });
}
