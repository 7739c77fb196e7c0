/**
 * What the analyst chose, kept from page to page of one visit.
 *
 * @typedef {{
 *   layer: import("../core/plan.js").LayerChoice, kind: import("../core/plan.js").ClickKind,
 *   band: string, smooth: boolean, opacity: number, fixed: boolean,
 *   maximum: Record<import("../core/colours.js").HeatName, number>, folded: boolean,
 * }} Preferences
 *   `band` is the width band of the visitors that are shown, "" for all; `opacity` in percent; `maximum`
 *   is the scale's end, a tile or a spot, where `fixed`.
 */

const KEY = "pageheat";

/** Narrower than this, px, the panel would hide the page, so it starts as a dot. */
const ROOM_FOR_PANEL = 560;

/** @returns {Preferences} */
export function loadPreferences() {
  /** @type {Preferences} */
  const usual = {
    layer: "both",
    kind: "clicks",
    band: "",
    smooth: true,
    opacity: 80,
    fixed: false,
    maximum: { moves: 50, clicks: 5, rage: 3, dead: 3, rests: 20 },
    folded: innerWidth < ROOM_FOR_PANEL,
  };
  try {
    return { ...usual, ...JSON.parse(sessionStorage.getItem(KEY) ?? "{}") };
  } catch {
    // Storage is forbidden here or holds something else: the usual will do.
    return usual;
  }
}

/** @param {Preferences} preferences */
export function savePreferences(preferences) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // Forbidden or full: the choice holds for this page only.
  }
}

export function forgetPreferences() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Forbidden: then nothing was kept either.
  }
}
