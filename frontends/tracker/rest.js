/** Where a mouse rests: once a second, as long as its visitor may still be reading. */

import { quietly } from "./calls.js";

const REST_MS = 1_000; // what a rest stands for
const REST_PX = 4; // a hand on a mouse trembles
const MAX_RESTS = 30; // in a row: who reads scrolls or moves by then, or is away

/**
 * @typedef {import("./tracking.js").Seen} Seen
 * @param {(seen: Seen) => void} report
 */
export const watchRest = (report) => {
  /** @type {Seen | undefined} where the mouse has come to rest */
  let rested;
  let rests = 0;
  let timer = 0;

  const rest = quietly(() => {
    const seen = /** @type {Seen} */ (rested);
    let node = /** @type {Node | null} */ (document.elementFromPoint(seen.clientX, seen.clientY));
    // What happens in a framed page is its own; where its pointer is isn't known here.
    if (!node || node.nodeName === "IFRAME" || document.visibilityState === "hidden") return;
    const nodes = [];
    for (; node; node = node.parentNode) nodes.push(node);
    report({
      ...seen,
      x: Math.round(seen.clientX + scrollX),
      y: Math.round(seen.clientY + scrollY),
      at: performance.now(),
      path: location.pathname,
      nodes,
    });
    if (++rests < MAX_RESTS) timer = setTimeout(rest, REST_MS);
  });

  /** The visitor is there, and what is under the pointer may be new. */
  const restAnew = () => {
    clearTimeout(timer);
    rests = 0;
    if (rested) timer = setTimeout(rest, REST_MS);
  };

  /** @param {Seen} [seen] where the mouse is now; nothing if it has left the page */
  const restAt = (seen) => {
    if (
      seen &&
      rested &&
      Math.hypot(seen.clientX - rested.clientX, seen.clientY - rested.clientY) <= REST_PX
    )
      return;
    rested = seen;
    restAnew();
  };

  return { restAt, restAnew };
};
