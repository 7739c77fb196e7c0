/** Which time the list is of: live, a preset, or dates and times. */

import { Calendar } from "../time/calendar.js";
import { between, isSame, PRESETS, rangeOf } from "../time/ranges.js";
import { MEANINGS, presetLabel } from "../time/said.js";
import { element, iconButton } from "../view/element.js";

const CALENDAR = "M3 4.5h10v8.5H3zM3 7.2h10M5.6 3v2.4M10.4 3v2.4";

export class RangeBar {
  #presets;
  #calendar;
  /** @type {import("../time/ranges.js").Range | null} */
  #shown = null;
  #opener = iconButton("Dates and times", CALENDAR, () => this.#toggle());
  node;

  /** @param {(range: import("../time/ranges.js").Range | null) => void} chosen null for live */
  constructor(chosen) {
    const preset = (
      /** @type {string} */ name,
      /** @type {string} */ text,
      /** @type {string} */ title,
      /** @type {() => void} */ onclick,
    ) =>
      element(
        "button",
        { type: "button", title, "data-preset": name, "aria-pressed": "false", onclick },
        text,
      );
    this.#presets = element(
      "div",
      { class: "presets", role: "group", "aria-label": "Range" },
      preset("live", "Live", "What is warm now", () => chosen(null)),
      ...PRESETS.map((each) =>
        preset(each, presetLabel(each, Date.now()), MEANINGS[each], () =>
          chosen(rangeOf(each, Date.now())),
        ),
      ),
    );
    this.#calendar = new Calendar((from, to) => chosen(between(from, to, Date.now())));
    this.#opener.setAttribute("aria-expanded", "false");
    this.node = element(
      "div",
      { class: "ranges" },
      this.#presets,
      this.#opener,
      this.#calendar.node,
    );
  }

  /** @param {import("../time/ranges.js").Range | null} range */
  update(range) {
    const name = range ? (range.preset ?? "") : "live";
    for (const button of this.#presets.children) {
      const isPressed = /** @type {HTMLElement} */ (button).dataset.preset === name;
      button.setAttribute("aria-pressed", String(isPressed));
    }
    this.#calendar.update(range, Date.now());
    const isOwn = range !== null && range.preset === null;
    if (isOwn && !isSame(range, this.#shown) && this.#calendar.node.hidden) this.#toggle();
    this.#shown = range;
  }

  #toggle() {
    const { node } = this.#calendar;
    node.hidden = !node.hidden;
    this.#opener.setAttribute("aria-expanded", String(!node.hidden));
  }
}
