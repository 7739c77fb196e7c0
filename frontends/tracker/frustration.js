/**
 * Detects rage clicks and dead clicks among the tracker's clicks.
 *
 * The third of three successive clicks within 1 s and 30 px of each other is a rage click, and so is
 * each further one. A click is dead if nothing follows it for 2.5 s: nothing on the page changes, scrolls,
 * plays, opens or is selected, no field is filled in or focused, and the page is not left, hidden or
 * routed elsewhere. Both are reported in addition to the click, with its position, target and time.
 *
 * Only clicks of the main button can be dead, and not those on fields, on elements whose changes scripts
 * cannot see (a canvas, a plug-in), or on links that start a download or another program. On a page that
 * changes all the time no click is dead. Only the shadow trees that are clicked are watched.
 *
 * The page is watched only while a click waits for its verdict.
 */

import { read } from "./dom.js";

const RAGE_CLICKS = 3;
const RAGE_MS = 1_000;
const RAGE_PX = 30;
const DEAD_MS = 2_500;
const FIELDS =
  "textarea, select, option, :read-write, " +
  "input:not([type=button], [type=image], [type=reset], [type=submit])";
const UNSEEN =
  "canvas, embed, object, a[download], a[href^='mailto:' i], a[href^='tel:' i], a[href^='sms:' i]";
// Mutations show the other effects. A browser's dialog or another window takes the focus: `blur`.
const SIGNS = (
  "scroll input change toggle invalid focusin selectionchange copy play pause seeking volumechange " +
  "fullscreenchange blur visibilitychange beforeunload pagehide"
).split(" ");

/** @typedef {import("./tracking.js").Click} Click */

/** @param {Click["sample"][]} row the newest clicks, RAGE_CLICKS at most */
const isRage = (row) =>
  row.length === RAGE_CLICKS &&
  row[row.length - 1].at - row[0].at <= RAGE_MS &&
  row.every((a) => row.every((b) => Math.hypot(a.x - b.x, a.y - b.y) <= RAGE_PX));

/** @param {EventTarget | null} node @param {string} selector */
const is = (node, selector) => node instanceof Element && node.matches(selector);

/** A click with a modifier key may open a tab in the background. @param {PointerEvent} event */
const canBeDead = (event) =>
  event.button === 0 &&
  !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) &&
  !event.composedPath().some((it) => is(it, `${FIELDS}, ${UNSEEN}`));

/** @param {import("./behaviour.js").Tracker} tracker */
export const judgeClicks = (tracker) => {
  /** @type {Click["sample"][]} */
  let row = [];
  /** @type {Set<Click>} clicks without an effect so far */
  const waiting = new Set();

  const unwatch = () => {
    observer.disconnect();
    for (const sign of SIGNS) removeEventListener(sign, onSign, true);
  };

  const onEffect = () => {
    waiting.clear();
    unwatch();
  };

  /** @param {Event} event */
  const onSign = (event) => {
    const { type, target } = event;
    if (type === "focusin" && !is(event.composedPath()[0], FIELDS)) return;
    if (type === "blur" && target !== window) return;
    if (type === "selectionchange" && getSelection()?.isCollapsed) return;
    onEffect();
  };

  const observer = new MutationObserver(onEffect);

  /**
   * Ignores changes in the head: a script added there is no response to a click.
   * @param {EventTarget[]} path
   */
  const watch = (path) => {
    const all = { attributes: true, characterData: true, childList: true, subtree: true };
    observer.observe(document, { childList: true });
    observer.observe(document.documentElement, { attributes: true, childList: true });
    observer.observe(read(document, "body"), all);
    for (const node of path) if (node instanceof ShadowRoot) observer.observe(node, all);
    // Some browsers keep no page in their back/forward cache that listens to `beforeunload`.
    for (const sign of SIGNS) addEventListener(sign, onSign, { capture: true, passive: true });
  };

  tracker.onclick = (click, event) => {
    row = [...row.slice(1 - RAGE_CLICKS), click.sample];
    if (isRage(row)) tracker.report(click, "rage");
    if (!canBeDead(event)) return;
    const { href } = location;
    waiting.add(click);
    watch(event.composedPath());
    setTimeout(() => {
      if (!waiting.delete(click)) return;
      if (!waiting.size) unwatch();
      if (location.href === href) tracker.report(click, "dead");
    }, DEAD_MS);
  };
};
