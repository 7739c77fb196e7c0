/**
 * Turns the browser's pointer events into samples and queues them for ingest.
 *
 * `nodes` lead outwards from the node under the pointer; `clientX` and `clientY` are viewport
 * coordinates (px).
 *
 * @typedef {import("./page.js").Page} Page
 * @typedef {{
 *   at: number, buttons?: number, path?: string, nodes: EventTarget[], clientX: number, clientY: number,
 *   framed?: true,
 * }} Seen `framed`: in a frame's page, the place in which is not known
 * @typedef {{page: Page, sample: import("./queue.js").Sample}} Click
 */

import { paced, quietly } from "./calls.js";
import { toJson } from "./json.js";
import { measure, placeOf } from "./page.js";
import { pagePath } from "./path.js";
import { makeQueue } from "./queue.js";
import { makeSender } from "./sending.js";
import { selectorOf, targetAt } from "./target.js";

const NAMES_MS = 2_000; // a click waits no longer for names.js, so that its element has one name
const TAP_PX = 10; // a finger that moves further swipes or drags

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
 * Tracks until the document ends. Returns the hook by which behaviour.js does the rest.
 *
 * @typedef {ReturnType<typeof track>} Hook
 * @param {URL} folder of ingest's script; ends with a slash
 * @param {number} sampleMs between two points of a movement
 */
export const track = (folder, sampleMs) => {
  const queue = makeQueue();
  /** @type {import("./target.js").Naming | undefined} until it is there, elements are told by their places */
  let naming;
  /** @type {[Element, import("./target.js").Target][]} what waits for it */
  let unnamed = [];
  let isReopened = false;
  const sender = makeSender(
    folder,
    queue,
    sampleMs,
    () =>
      !unnamed.length &&
      // An overlay's tag may be at the end of the body. A page that was opened anew may never be complete.
      (document.readyState !== "loading" || (isReopened && document.body)),
  );
  const { send, sendSoon } = sender;
  /** @type {Page} as last measured; a new object only when it changed */
  let page;
  /** @type {Seen | undefined} the newest point of a movement, if not sampled yet */
  let moved;
  /** @type {PointerEvent | undefined} of a finger or pen that may yet click */
  let pressed;
  /** @type {[string, (event: any) => void][]} */
  const listeners = [];

  /** @param {import("./queue.js").Type} type @param {Seen} seen @returns {Click} */
  const record = (type, { path = pagePath(), nodes, clientX, clientY, ...seen }) => {
    // The route may have changed while a point waited. The point has its path, so history needs no
    // wrapping, and the sample before it measured that page's size.
    const measured = path === pagePath() ? measure() : { ...page, path };
    const isElsewhere = page?.path !== path;
    if (toJson(measured) !== toJson(page)) page = measured;
    // Found now, as the click may move or remove the element. Moves have no target.
    const found = type === "move" ? undefined : targetAt(nodes, clientX, clientY, naming);
    const sample = { type, ...seen, ...placeOf(nodes, clientX, clientY), target: found?.[1] };
    queue.add(page, sample);
    if (found && !naming) {
      unnamed.push(found);
      setTimeout(() => hook.nameBy(naming || (() => "")), NAMES_MS);
    }
    if (isElsewhere) send(); // somebody may watch this page
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
    if (moved && moved.path !== pagePath()) recordMove();
    moved = see(event);
    sampleMove();
  };

  /** @param {PointerEvent} event */
  const click = (event) => {
    recordMove();
    const clicked = record("click", see(event));
    send();
    hook.onclick(clicked, event);
  };

  /**
   * A mouse clicks when pressed. A finger or pen clicks when lifted, if it did nothing else: no swipe, no
   * drag, no scroll. The browser's own scrolling and zooming end in a `pointercancel`. A second finger is
   * not primary.
   * @param {PointerEvent} event
   */
  const onPress = (event) => {
    const { type, isPrimary, clientX, clientY } = event;
    if (type === "pointerdown") {
      pressed = undefined;
      if (event.pointerType === "mouse") click(event);
      else if (isPrimary) pressed = event;
    }
    if (!pressed) return;
    const swipes = Math.hypot(clientX - pressed.clientX, clientY - pressed.clientY) >= TAP_PX;
    if (type === "pointerup" && !swipes) click(event);
    if (swipes || /up|cancel/.test(type)) pressed = undefined;
  };

  const hook = {
    queue,
    sender,
    record,
    /** @type {(click: Click, event: PointerEvent) => void} called while the event is dispatched */
    onclick() {},
    /** Names elements so from now on, and those that wait for it. @param {import("./target.js").Naming} by */
    nameBy(by) {
      naming = by;
      for (const [element, target] of unnamed)
        target.selector = selectorOf(element, by) || target.selector;
      unnamed = [];
      send();
    },
    /**
     * Captured by the window, before the page can stop an event. Passive, so that scrolling never waits.
     * @param {string} type @param {(event: any) => void} act
     */
    listen(type, act) {
      listeners.push([type, quietly(act)]);
      attach();
    },
  };

  const onEnd = () => {
    recordMove();
    unnamed = [];
    sender.sendLast();
  };

  const attach = () => {
    for (const [type, act] of listeners)
      addEventListener(type, act, { capture: true, passive: true });
  };
  /** `document.open` removes all listeners, and the root element. Adding a listener again changes nothing. */
  const reopen = () => {
    isReopened = true;
    attach();
  };
  quietly(() => new MutationObserver(reopen).observe(document, { childList: true }))();

  const { listen } = hook;
  for (const type of ["move", "down", "up", "cancel"])
    listen(`pointer${type}`, (event) => {
      if (!event.isTrusted) return;
      if (type === "move") onMove(event);
      onPress(event);
    });
  listen("scroll", ({ target }) => {
    if (pressed && target.contains(pressed.target)) pressed = undefined;
  });
  listen("DOMContentLoaded", () => sendSoon());
  listen("visibilitychange", () => {
    if (document.visibilityState === "hidden") onEnd();
  });
  listen("pagehide", () => {
    onEnd();
    sender.disconnect();
  });
  return hook;
};
