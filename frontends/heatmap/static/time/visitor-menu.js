/**
 * The choice of visitors, by width band and attributes, each with its number of page views; and what is counted.
 *
 * @typedef {import("./visitors.js").Attribute} Attribute
 * @typedef {import("./visitors.js").Chosen} Chosen
 */

import { formatCount } from "../core/format.js";
import { choice, select } from "../view/controls.js";
import { element, setText } from "../view/element.js";
import { ALIKE, ATTRIBUTES, LOADING, NAMES, valueText } from "./visitors.js";

const ANY = "any";

/** Before a value, which may be "any", too. */
const IS = "=";

export class VisitorMenu {
  #selects;
  #count;
  #none = element("p", { class: "none" });
  node;

  /**
   * @param {(name: Attribute, value: string | undefined) => void} chosen undefined for any value
   * @param {(count: "events" | "views") => void} counted
   */
  constructor(chosen, counted) {
    this.#selects = ATTRIBUTES.map((name) => {
      const control = select(NAMES[name], (value) =>
        chosen(name, value === ANY ? undefined : value.slice(IS.length)),
      );
      control.node.hidden = true;
      return { name, control };
    });
    this.#count = choice("Count", { events: "Events", views: "Page views" }, "events", (count) =>
      counted(/** @type {"events" | "views"} */ (count)),
    );
    this.node = element(
      "div",
      { class: "menu", role: "group", "aria-label": "Visitors", hidden: true },
      ...this.#selects.map(({ control }) => control.node),
      this.#none,
      this.#count.node,
    );
  }

  /**
   * @param {import("./answers.js").Segments | null} segments null if they are not known yet
   * @param {Chosen} chosen
   * @param {"events" | "views"} count
   */
  update(segments, chosen, count) {
    this.#count.choose(count);
    let offered = 0;
    for (const { name, control } of this.#selects) {
      const own = chosen[name];
      const values = (segments?.[name] ?? []).map((each) => ({ ...each }));
      if (own !== undefined && values.every(({ value }) => value !== own)) {
        values.push({ value: own, views: 0 });
      }
      // A single value has all views: nothing to choose.
      control.node.hidden = values.length < 2 && own === undefined;
      if (!control.node.hidden) offered++;
      const options = values.map(({ value, views }) => [
        IS + value,
        `${valueText(name, value)} · ${segments ? formatCount(views) : "…"}`,
      ]);
      control.offer([[ANY, "any"], ...options], own === undefined ? ANY : IS + own);
    }
    setText(this.#none, segments ? ALIKE : LOADING);
    this.#none.hidden = offered > 0;
  }
}
