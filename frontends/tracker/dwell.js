/** Where a mouse rests: once a second, as long as its visitor may still be reading. */

import { quietly } from "./calls.js";

const REST_MS = 1_000; // what a rest stands for
const REST_PX = 4; // a hand on a mouse trembles
const MAX_RESTS = 30; // in a row: who reads scrolls or moves by then, or is away

/** @param {import("./tracking.js").Hook} tracker */
export const watchRests = (tracker) => {
  /** @type {{clientX: number, clientY: number} | undefined} where the mouse has come to rest */
  let rested;
  let rests = 0;
  let timer = 0;

  const rest = quietly(() => {
    const { clientX, clientY } = /** @type {PointerEvent} */ (rested);
    let node = /** @type {Node | null} */ (document.elementFromPoint(clientX, clientY));
    // What happens in a framed page is its own; where its pointer is isn't known here.
    if (!node || node.nodeName === "IFRAME" || document.visibilityState === "hidden") return;
    const nodes = [];
    for (; node; node = node.parentNode) nodes.push(node);
    tracker.rest({
      x: Math.round(clientX + scrollX),
      y: Math.round(clientY + scrollY),
      at: performance.now(),
      path: location.pathname,
      nodes,
      clientX,
      clientY,
    });
    if (++rests < MAX_RESTS) timer = setTimeout(rest, REST_MS);
  });

  /** The visitor is there, and what is under the pointer may be new. */
  const restAnew = () => {
    clearTimeout(timer);
    rests = 0;
    if (rested) timer = setTimeout(rest, REST_MS);
  };

  /** @param {PointerEvent} event */
  const onMove = ({ isTrusted, pointerType, clientX, clientY }) => {
    if (!isTrusted || pointerType !== "mouse") return;
    if (rested && Math.hypot(clientX - rested.clientX, clientY - rested.clientY) <= REST_PX) return;
    rested = { clientX, clientY };
    restAnew();
  };

  /** @param {string} type @param {(event: any) => void} act */
  const listen = (type, act) =>
    addEventListener(type, quietly(act), { capture: true, passive: true });
  listen("pointermove", onMove);
  listen("pointerdown", restAnew);
  listen("pointerup", restAnew);
  listen("scroll", ({ target }) => {
    if (target === document) restAnew();
  });
  listen("pointerout", ({ relatedTarget }) => {
    if (relatedTarget) return;
    rested = undefined;
    restAnew();
  });
};
