/**
 * Turns the browser's pointer events into samples and queues them for ingest.
 *
 * `nodes` lead outwards from the node under the pointer; `clientX` and `clientY` are viewport
 * coordinates (px).
 *
 * @typedef {import("./page.js").Page} Page
 * @typedef {{
 *   at: number, buttons?: number, path: string, nodes: EventTarget[], clientX: number, clientY: number,
 * }} Seen
 * @typedef {{page: Page, sample: import("./queue.js").Sample}} Click
 */

import { paced, quietly } from "./calls.js";
import { measure, placeOf } from "./page.js";
import { pagePath } from "./path.js";
import { makeQueue } from "./queue.js";
import { makeSender } from "./sending.js";
import { targetAt } from "./target.js";

/**
 * Runs for every event, so it is cheap. The composed path, which leads out of shadow trees, is known
 * only while the event is dispatched.
 * @param {PointerEvent} event
 * @returns {Seen}
 */
const see = (event) => ({
  at: event.timeStamp,
  buttons: event.buttons || undefined,
  path: pagePath(),
  nodes: event.composedPath(),
  clientX: event.clientX,
  clientY: event.clientY,
});

/**
 * Tracks until the document ends. Returns the hook by which behaviour.js receives clicks and reports
 * rage, dead clicks and dwell.
 *
 * @typedef {ReturnType<typeof track>} Hook
 * @param {URL} ingest ends with a slash
 * @param {number} sampleMs between two points of a movement
 */
export const track = (ingest, sampleMs) => {
  const queue = makeQueue();
  const { send, sendSoon, sendLast, disconnect, stop } = makeSender(ingest, queue, sampleMs);
  /** @type {Page} as last measured; a new object only when it changed */
  let page;
  /** @type {Seen | undefined} the newest point of a movement, if not sampled yet */
  let moved;

  /** @param {import("./queue.js").Type} type @param {Seen} seen @returns {Click} */
  const record = (type, { at, buttons, path, nodes, clientX, clientY }) => {
    // The route may have changed while a point waited. The point has its path, so history needs no
    // wrapping, and the sample before it measured that page's size.
    const found = path === pagePath() ? measure() : { ...page, path };
    if (JSON.stringify(found) !== JSON.stringify(page)) page = found;
    const sample = {
      type,
      at,
      buttons,
      ...placeOf(nodes, clientX, clientY),
      // Found now, as the click may move or remove the element. Moves have no target.
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
    if (moved && moved.path !== pagePath()) recordMove();
    moved = see(event);
    sampleMove();
  };

  /** A mouse clicks when pressed. A finger or pen may start to scroll, which ends in a `pointercancel`,
   * so it clicks when lifted. @param {PointerEvent} event */
  const onPress = (event) => {
    const clicks = event.pointerType === "mouse" ? "pointerdown" : "pointerup";
    if (!event.isTrusted || event.type !== clicks) return;
    recordMove();
    const click = record("click", see(event));
    send();
    hook.onclick(click, event);
  };

  const hook = {
    stop,
    /** @type {(click: Click, event: PointerEvent) => void} called while the event is dispatched */
    onclick() {},
    /** @param {Click} click @param {"rage" | "dead"} type */
    report({ page, sample }, type) {
      queue.add(page, { ...sample, type });
      send();
    },
    /** @param {Omit<Seen, "path">} seen where the mouse stayed for one more second */
    rest(seen) {
      record("rest", { ...seen, path: pagePath() });
      sendSoon();
    },
  };

  const onEnd = () => {
    recordMove();
    sendLast();
  };

  // Captured by the window, before the page can stop an event. Passive, so that scrolling never waits.
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
