/**
 * What the pointer does on the page, from the browser's events to samples on their way to ingest.
 *
 * `nodes` lead from what is under the pointer outwards; `clientX` and `clientY` are viewport
 * coordinates (px).
 *
 * @typedef {import("./page.js").Page} Page
 * @typedef {import("./queue.js").Point} Point
 * @typedef {Point & {path: string, nodes: EventTarget[], clientX: number, clientY: number}} Seen
 * @typedef {{page: Page, sample: import("./queue.js").Sample}} Click
 */

import { paced, quietly } from "./calls.js";
import { isFixed, measure } from "./page.js";
import { makeQueue } from "./queue.js";
import { makeSender } from "./sending.js";
import { targetAt } from "./target.js";

/**
 * Done for every event of the browser, so it is cheap. The composed path leads out of shadow
 * trees; it is known only while the event is dispatched.
 * @param {PointerEvent} event
 * @returns {Seen}
 */
const see = (event) => ({
  x: Math.round(event.pageX),
  y: Math.round(event.pageY),
  at: event.timeStamp,
  buttons: event.buttons || undefined,
  path: location.pathname,
  nodes: event.composedPath(),
  clientX: event.clientX,
  clientY: event.clientY,
});

/**
 * Tracks until the document ends. Returned is what behaviour.js needs: it is told of clicks, and
 * reports what they were, and where the mouse rests.
 *
 * @typedef {ReturnType<typeof track>} Hook
 * @param {URL} ingest ends with a slash
 * @param {number} sampleMs between two points of a movement
 */
export const track = (ingest, sampleMs) => {
  const queue = makeQueue();
  const { send, sendSoon, sendLast, disconnect } = makeSender(ingest, queue, sampleMs);
  /** @type {Page} as last measured; another object only when something of it changed */
  let page;
  /** @type {Seen | undefined} the newest point of a movement, not sampled yet */
  let moved;

  /** @param {import("./queue.js").Type} type @param {Seen} seen @returns {Click} */
  const record = (type, { path, nodes, clientX, clientY, ...point }) => {
    // A point may have waited while the route changed. It knows its path, so history needs no
    // wrapping; the size was measured for the sample before, for which it had to wait.
    const found = path === location.pathname ? measure() : { ...page, path };
    if (JSON.stringify(found) !== JSON.stringify(page)) page = found;
    const sample = {
      type,
      ...point,
      fixed: isFixed(nodes) || undefined,
      // Now, as what the click does may move or remove the element. A movement means none.
      target: type === "move" ? undefined : targetAt(nodes, clientX, clientY),
    };
    queue.add(page, sample);
    return { page, sample };
  };

  const recordMove = () => {
    if (moved) record("move", moved);
    moved = undefined;
  };

  const sampleMove = paced(
    () => sampleMs,
    () => {
      recordMove();
      sendSoon();
    },
  );

  /** @param {PointerEvent} event */
  const onMove = (event) => {
    if (!event.isTrusted) return;
    if (moved && moved.path !== location.pathname) recordMove();
    moved = see(event);
    sampleMove();
  };

  /** A mouse clicks when pressed. A finger or pen that is pressed may be about to scroll, which
   * ends in a `pointercancel`: it clicks when it is lifted. @param {PointerEvent} event */
  const onPress = (event) => {
    const clicks = event.pointerType === "mouse" ? "pointerdown" : "pointerup";
    if (!event.isTrusted || event.type !== clicks) return;
    recordMove();
    const click = record("click", see(event));
    send();
    hook.onclick(click, event);
  };

  const hook = {
    /** @type {(click: Click, event: PointerEvent) => void} called while the event is dispatched */
    onclick() {},
    /** @param {Click} click @param {"rage" | "dead"} type */
    report({ page, sample }, type) {
      queue.add(page, { ...sample, type });
      send();
    },
    /** @param {Seen} seen where the mouse has rested for one more second */
    rest(seen) {
      record("rest", seen);
      sendSoon();
    },
  };

  const onEnd = () => {
    recordMove();
    sendLast();
  };

  // Captured by the window before the page can stop an event, the document's events too; and
  // passive, so that scrolling never waits.
  /** @param {string} type @param {(event: any) => void} act */
  const listen = (type, act) =>
    addEventListener(type, quietly(act), { capture: true, passive: true });
  listen("pointermove", onMove);
  listen("pointerdown", onPress);
  listen("pointerup", onPress);
  listen("DOMContentLoaded", () => sendSoon());
  listen("visibilitychange", () => {
    if (document.visibilityState === "hidden") onEnd();
  });
  listen("pagehide", () => {
    onEnd();
    disconnect();
  });
  return hook;
};
