/**
 * The analyst's choices, kept across the pages of one visit.
 *
 * @typedef {{
 *   layer: import("../core/plan.js").LayerChoice, kind: import("../core/plan.js").ClickKind,
 *   band: string, smooth: boolean, opacity: number, fixed: boolean,
 *   maximum: Record<import("../core/colours.js").HeatName, number>, folded: boolean,
 *   place: import("../core/placing.js").Place | null,
 * }} Preferences
 *   `band` is the shown width band, "" for all; `opacity` in percent; `maximum` is the scale's end per tile
 *   or spot, if `fixed`; `place` is the panel's, null if nobody has moved it.
 */

const KEY = "pageheat";

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
    maximum: { moves: 50, clicks: 5, rage: 3, dead: 3, rests: 20 },
    folded: innerWidth < ROOM_FOR_PANEL,
    place: null,
  };
  try {
    return { ...defaults, ...JSON.parse(sessionStorage.getItem(KEY) ?? "{}") };
  } catch {
    // Storage is forbidden or has invalid contents: use the defaults.
    return defaults;
  }
}

/** @param {Preferences} preferences */
export function savePreferences(preferences) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // Forbidden or full: the choice applies to this page only.
  }
}

export function forgetPreferences() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Forbidden: then nothing was stored either.
  }
}
