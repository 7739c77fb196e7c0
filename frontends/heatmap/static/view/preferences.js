/**
 * The analyst's choices, kept across the pages of one visit.
 *
 * @typedef {{
 *   layer: import("../core/plan.js").LayerChoice, kind: import("../core/plan.js").ClickKind,
 *   band: string, smooth: boolean, opacity: number, fixed: boolean,
 *   maximum: Record<import("../core/colours.js").HeatName, number>, folded: boolean,
 *   hidden: boolean, place: import("../core/placing.js").Place | null,
 * }} Preferences
 *   `band` is the shown width band, "" for all; `opacity` in percent; `maximum` is the scale's end per tile
 *   or spot, if `fixed`; `hidden`: all of ours but the panel's dot; `place` is the panel's, null if nobody has
 *   moved it.
 * @typedef {{
 *   open: boolean, range: import("../time/ranges.js").Range | null, chosen: import("../time/visitors.js").Chosen,
 *   count: "events" | "views", than: Than, curtain: boolean, group: string,
 * }} Time
 *   The strip is `open`; `range` is null for live; `chosen` visitors, without their band; `than`: what it is compared
 *   with; `curtain`: by a curtain between the two, not by a map of what differs; `group`: on its pages, the heat of all of them
 *   is shown; "" for each page's own.
 * @typedef {"before" | "week" | import("../time/ranges.js").Range | { chosen: import("../time/visitors.js").Chosen } | null} Than
 *   As long before the range, a week before, another range, the same range of other visitors, or nothing.
 * @typedef {Pick<import("../core/board.js").Choice, "order" | "groups">} ListPreferences
 */

import { toJson } from "../core/json.js";
import { isOrder } from "../core/page-order.js";

const KEY = "pageheat";
const LIST_KEY = "pageheat-list";
const TIME_KEY = "pageheat-time";

/** In a narrower window, px, the panel would hide the page, so it starts folded. */
const ROOM_FOR_PANEL = 560;

/** @returns {Preferences} */
export function loadPreferences() {
  /** @type {Preferences} */
  const defaults = {
    layer: "both",
    kind: "clicks",
    band: "",
    smooth: true,
    opacity: 80,
    fixed: false,
    maximum: { moves: 50, clicks: 5, rage: 3, dead: 3, dwell: 20, attention: 60, scroll: 100 },
    folded: innerWidth < ROOM_FOR_PANEL,
    hidden: false,
    place: null,
  };
  return { ...defaults, ...load(KEY) };
}

/** @param {Preferences} preferences */
export function savePreferences(preferences) {
  save(KEY, preferences);
}

/**
 * How the list of warm pages is shown. The list is also a page of its own, so it has its own entry.
 *
 * @returns {ListPreferences}
 */
export function loadListPreferences() {
  const { order, groups } = load(LIST_KEY);
  return { order: isOrder(order) ? order : "warmth", groups: groups === true };
}

/** @param {ListPreferences} preferences */
export function saveListPreferences({ order, groups }) {
  save(LIST_KEY, { order, groups });
}

/** What time is shown, and of whom. @returns {Time} */
export function loadTime() {
  /** @type {Time} */
  const live = {
    open: false,
    range: null,
    chosen: {},
    count: "events",
    than: null,
    curtain: false,
    group: "",
  };
  return { ...live, ...load(TIME_KEY) };
}

/** @param {Time} time */
export function saveTime(time) {
  save(TIME_KEY, time);
}

export function forgetPreferences() {
  try {
    for (const key of [KEY, LIST_KEY, TIME_KEY]) sessionStorage.removeItem(key);
  } catch {
    // Forbidden: then nothing was stored either.
  }
}

/** @param {string} key @returns {Record<string, unknown>} */
function load(key) {
  try {
    return { ...JSON.parse(sessionStorage.getItem(key) ?? "{}") };
  } catch {
    // Storage is forbidden or has invalid contents: use the defaults.
    return {};
  }
}

/** @param {string} key @param {unknown} preferences */
function save(key, preferences) {
  try {
    sessionStorage.setItem(key, toJson(preferences));
  } catch {
    // Forbidden or full: the choice applies to this page only.
  }
}
