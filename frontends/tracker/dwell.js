/** Reports once a second where a mouse dwells, while its visitor may still be reading. */

import { quietly } from "./quietly.js";

const DWELL_MS = 1_000; // the time that one report stands for
const DWELL_PX = 4; // smaller movements are a trembling hand
const MAX_DWELLS = 30; // in a row: a reader has scrolled or moved by then

/** @param {import("./behaviour.js").Tracker} tracker */
export const watchDwell = (tracker) => {
  /** @type {{clientX: number, clientY: number} | undefined} where the mouse stopped */
  let place;
  let dwells = 0;
  let timer = 0;

  const dwell = quietly(() => {
    const { clientX, clientY } = /** @type {PointerEvent} */ (place);
    let node = /** @type {Node | null} */ (document.elementFromPoint(clientX, clientY));
    // The pointer's position inside a frame is not known here.
    if (!node || node.nodeName === "IFRAME" || document.visibilityState === "hidden") return;
    const nodes = [];
    for (; node; node = node.parentNode) nodes.push(node);
    tracker.tell("dwell", {
      at: performance.now(),
      nodes,
      clientX,
      clientY,
    });
    if (++dwells < MAX_DWELLS) timer = setTimeout(dwell, DWELL_MS);
  });

  /** The visitor is active, and another element may be under the pointer. */
  const restart = () => {
    clearTimeout(timer);
    dwells = 0;
    if (place) timer = setTimeout(dwell, DWELL_MS);
  };

  /** @param {PointerEvent} event */
  const onMove = ({ isTrusted, pointerType, clientX, clientY }) => {
    if (!isTrusted || pointerType !== "mouse") return;
    if (place && Math.hypot(clientX - place.clientX, clientY - place.clientY) <= DWELL_PX) return;
    place = { clientX, clientY };
    restart();
  };

  const { listen } = tracker;
  listen("pointermove", onMove);
  listen("pointerdown", restart);
  listen("pointerup", restart);
  listen("scroll", ({ target }) => {
    if (target === document) restart();
  });
  listen("pointerout", ({ relatedTarget }) => {
    if (relatedTarget) return;
    place = undefined;
    restart();
  });
};
