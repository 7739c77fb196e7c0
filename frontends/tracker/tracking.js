/**
 * Turns the browser's pointer events into samples, and what is in view into looks, and queues them for ingest.
 *
 * `nodes` lead outwards from the node under the pointer; `clientX` and `clientY` are viewport
 * coordinates (px).
 *
 * @typedef {import("./queue.js").Page} Page
 * @typedef {{
 *   at: number, buttons?: number, path?: string, nodes: EventTarget[], clientX: number, clientY: number,
 *   framed?: true,
 * }} Seen `framed`: in a frame's page, the place in which is not known
 * @typedef {{page: Page, sample: import("./queue.js").Sample}} Click
 */

import { toJson } from "./json.js";
import { makeLooks } from "./looks.js";
import { paced } from "./paced.js";
import { inView, measure, onInnerScroll, placeOf } from "./page.js";
import { pagePath } from "./path.js";
import { makeQueue } from "./queue.js";
import { quietly } from "./quietly.js";
import { makeSender } from "./sending.js";
import { selectorOf, targetAt } from "./target.js";
import { beginView } from "./views.js";

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
 * @param {string | undefined} segment of each page view, unless the page names another
 * @param {() => void} loadPosting loads posting.js
 */
export const track = (folder, sampleMs, segment, loadPosting) => {
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
    loadPosting,
  );
  const { send, sendSoon } = sender;
  /** @type {Page | undefined} as last measured; a new object only when it changed */
  let page;
  let views = 0;
  /** @type {Seen | undefined} the newest point of a movement, if not sampled yet */
  let moved;
  /** @type {PointerEvent | undefined} of a finger or pen that may yet click */
  let pressed;
  /** @type {[string, (event: any) => void][]} */
  const listeners = [];

  /**
   * The page of something that happened there.
   * @returns {Page}
   */
  const pageAt = (path = pagePath()) => {
    const view = page?.path === path ? page.view : beginView(views++, segment);
    // The route may have changed while a point waited. The point has its path, so history needs no
    // wrapping, and the sample before it measured that page's size.
    const measured = { ...(path === pagePath() ? measure() : page), path, view };
    if (toJson(measured) !== toJson(page)) page = /** @type {Page} */ (measured);
    return /** @type {Page} */ (page);
  };

  /** @param {import("./queue.js").Type} type @param {Seen} seen @returns {Click} */
  const record = (type, { path, nodes, clientX, clientY, ...seen }) => {
    const its = pageAt(path);
    // Found now, as the click may move or remove the element. Moves have no target.
    const found = type === "move" ? undefined : targetAt(nodes, clientX, clientY, naming);
    const sample = { type, ...seen, ...placeOf(nodes, clientX, clientY), target: found?.[1] };
    if (found && !naming) {
      unnamed.push(found);
      setTimeout(() => hook.nameBy(naming || (() => "")), NAMES_MS);
    }
    if (queue.add(its, sample)) send(); // somebody may watch this page
    return { page: its, sample };
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

  /** A point that waits is of the page view before. */
  const followRoute = () => {
    if (moved && moved.path !== pagePath()) recordMove();
  };

  /** @param {PointerEvent} event */
  const onMove = (event) => {
    followRoute();
    moved = see(event);
    sampleMove();
  };

  const looks = makeLooks(
    () => {
      followRoute();
      const its = pageAt();
      onInnerScroll(onScroll);
      return { page: its, ...inView() };
    },
    ({ page: its, top, height }, duration, at) => {
      if (queue.add(its, { type: "look", at, top, height, duration })) send();
      else sendSoon(true);
    },
  );

  const onScroll = quietly(() => looks.act(true));

  const onAct = () => looks.act(page?.path !== pagePath());

  /** @param {PointerEvent} event */
  const click = (event) => {
    recordMove();
    const clicked = record("click", see(event));
    sender.sendClick();
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
    looks.end();
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
  listen("keydown", onAct);
  for (const type of ["move", "down", "up", "cancel"])
    listen(`pointer${type}`, (event) => {
      if (!event.isTrusted) return;
      onAct();
      if (type === "move") onMove(event);
      onPress(event);
    });
  listen("scroll", ({ target }) => {
    if (target === document) onScroll();
    else onAct();
    if (pressed && target.contains(pressed.target)) pressed = undefined;
  });
  listen("resize", onScroll);
  listen("DOMContentLoaded", send);
  listen("visibilitychange", () => {
    if (document.visibilityState === "hidden") onEnd();
    else onAct();
  });
  listen("pagehide", () => {
    onEnd();
    sender.disconnect();
  });
  listen("pageshow", ({ persisted }) => {
    if (!persisted) return;
    page = undefined; // another page view
    onAct();
  });
  // Where browsers tell of it; elsewhere the next event shows that the route has changed.
  /** @type {any} */ (window).navigation?.addEventListener("currententrychange", quietly(onAct));
  // Whoever comes to a page acts. A frame may be somewhere below.
  if (parent === window) onAct();
  return hook;
};
