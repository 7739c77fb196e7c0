/**
 * Two kinds of visitors to compare: by which attribute, and its value on either side.
 *
 * @typedef {import("./visitors.js").Attribute} Attribute
 * @typedef {import("./visitors.js").Chosen} Chosen
 */

import { formatCount } from "../core/format.js";
import { select } from "../view/controls.js";
import { element, setText } from "../view/element.js";
import { ALIKE, ATTRIBUTES, LOADING, NAMES, valueText } from "./visitors.js";

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
  /** The same before some were chosen for a side: of these, other attributes may have one value alone. */
  #all = this.#segments;
  /** Whose page views are shown now. @type {Chosen} */
  #visitors = {};
  /** What this has changed of it, as it was before. @type {Chosen} */
  #before = {};
  #names = select("By", (name) => this.#begin(/** @type {Attribute} */ (name)));
  #owns = select("This", (value) => this.#choose(value.slice(IS.length), this.#other));
  #others = select("Against", (value) => this.#choose(this.#own, value.slice(IS.length)));
  #none = element("p", { class: "none" });
  node = element(
    "div",
    { class: "menu sides", hidden: true },
    this.#names.node,
    this.#owns.node,
    this.#others.node,
    this.#none,
  );

  /** @param {(own: Chosen, other: Chosen | null) => void} chosen `own` are changes; `other`: null for nobody */
  constructor(chosen) {
    this.#chosen = chosen;
  }

  /** Compares what has the most page views, if there is something to compare. @returns {boolean} whether there is */
  begin() {
    this.#all = this.#segments;
    const [name] = this.#offered;
    if (name) this.#begin(name);
    return name !== undefined;
  }

  /** Compares no longer: whose page views are shown is as it was before. */
  end() {
    const own = this.#before;
    this.#before = {};
    this.#chosen(own, null);
  }

  /**
   * @param {import("./answers.js").Segments | null} segments null if they are not known yet
   * @param {Chosen} own
   * @param {Chosen} other what it is compared with
   */
  update(segments, own, other) {
    this.#segments = segments;
    this.#visitors = own;
    const name = ATTRIBUTES.find((each) => other[each] !== undefined);
    const names = this.#offered;
    if (name && !names.includes(name)) names.push(name);
    if (name) {
      this.#name = name;
      this.#own = own[name] ?? "";
      this.#other = other[name] ?? "";
    }
    const nothing = names.length === 0;
    setText(this.#none, segments ? ALIKE : LOADING);
    this.#none.hidden = !nothing;
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
    return ATTRIBUTES.filter((name) => this.#valuesOf(name).length > 1);
  }

  /** @param {Attribute} name */
  #valuesOf(name) {
    const values = this.#segments?.[name] ?? [];
    return values.length > 1 ? values : (this.#all?.[name] ?? values);
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
    const values = this.#valuesOf(name).map(({ value }) => value);
    const former = this.#before;
    const chosen = name in former ? former[name] : this.#visitors[name];
    const own = chosen ?? values[0];
    this.#name = name;
    this.#before = { [name]: chosen };
    this.#choose(own, values.find((value) => value !== own) ?? values[0], former);
  }

  /** @param {string} own @param {string} other @param {Chosen} [former] what is as it was before, again */
  #choose(own, other, former = {}) {
    this.#own = own;
    this.#other = other;
    this.#chosen({ ...former, [this.#name]: own }, { [this.#name]: other });
  }
}
