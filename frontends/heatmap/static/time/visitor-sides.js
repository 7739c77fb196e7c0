/**
 * Two kinds of visitors to compare: by which attribute, and its value on either side.
 *
 * @typedef {import("./visitors.js").Attribute} Attribute
 * @typedef {import("./visitors.js").Chosen} Chosen
 */

import { formatCount } from "../core/format.js";
import { select } from "../view/controls.js";
import { element } from "../view/element.js";
import { ATTRIBUTES, NAMES, valueText } from "./visitors.js";

/** Before a value, which may be empty. */
const IS = "=";

export class VisitorSides {
  #chosen;
  /** @type {import("./answers.js").Segments | null} */
  #segments = null;
  /** @type {Attribute} */
  #name = "band";
  #own = "";
  #other = "";
  #names = select("By", (name) => this.#begin(/** @type {Attribute} */ (name)));
  #owns = select("This", (value) => this.#choose(value.slice(IS.length), this.#other));
  #others = select("Against", (value) => this.#choose(this.#own, value.slice(IS.length)));
  #none = element("p", { class: "none", hidden: true }, "All page views here are alike.");
  node = element(
    "div",
    { class: "menu sides", hidden: true },
    this.#names.node,
    this.#owns.node,
    this.#others.node,
    this.#none,
  );

  /** @param {(name: Attribute, own: string, other: string) => void} chosen */
  constructor(chosen) {
    this.#chosen = chosen;
  }

  /** Compares what has the most page views, if there is something to compare. @returns {boolean} whether there is */
  begin() {
    const [name] = this.#offered;
    if (name) this.#begin(name);
    return name !== undefined;
  }

  /**
   * @param {import("./answers.js").Segments | null} segments null if they are not known yet
   * @param {Chosen} own
   * @param {Chosen} other what it is compared with
   */
  update(segments, own, other) {
    this.#segments = segments;
    const name = ATTRIBUTES.find((each) => other[each] !== undefined);
    const names = this.#offered;
    if (name && !names.includes(name)) names.push(name);
    if (name) {
      this.#name = name;
      this.#own = own[name] ?? "";
      this.#other = other[name] ?? "";
    }
    const nothing = names.length === 0;
    this.#none.hidden = !nothing || segments === null;
    for (const { node } of [this.#names, this.#owns, this.#others]) node.hidden = nothing;
    this.#names.offer(
      names.map((each) => [each, NAMES[each]]),
      this.#name,
    );
    this.#owns.offer(this.#valuesWith(this.#own), IS + this.#own);
    this.#others.offer(this.#valuesWith(this.#other), IS + this.#other);
  }

  /** Attributes with several values. */
  get #offered() {
    return ATTRIBUTES.filter((name) => (this.#segments?.[name] ?? []).length > 1);
  }

  /** @param {string} own @returns {string[][]} value and text of each, also of one that nobody has now */
  #valuesWith(own) {
    const values = [...(this.#segments?.[this.#name] ?? [])];
    if (values.every(({ value }) => value !== own)) values.push({ value: own, views: 0 });
    return values.map(({ value, views }) => [
      IS + value,
      `${valueText(this.#name, value)} · ${formatCount(views)}`,
    ]);
  }

  /** @param {Attribute} name */
  #begin(name) {
    const [first, second] = this.#segments?.[name] ?? [];
    this.#name = name;
    this.#choose(first.value, second.value);
  }

  /** @param {string} own @param {string} other */
  #choose(own, other) {
    this.#own = own;
    this.#other = other;
    this.#chosen(this.#name, own, other);
  }
}
