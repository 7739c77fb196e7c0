/** A row of the list of elements: name, selector, counts; when expanded, the whole selector to be copied. */

import { isByPlace } from "../core/element-name.js";
import { formatAmount, formatCount, formatShare } from "../core/format.js";
import { copyText } from "./copy-text.js";
import { element, setText } from "./element.js";
import { textOf } from "./element-text.js";

/** The selector of the page itself. */
const PAGE = "";

const IN_FRAME =
  "A page in a frame tells nothing of its clicks unless it has the tracker, too. One is known each time the " +
  "focus goes into the frame, and not where: it is shown in the frame's middle.";

const BY_PLACE =
  "This element has no name of its own, so its events are those of whatever was at this place: " +
  "in a list whose items change places, of several items.";

const part = (/** @type {string} */ name) => element("span", { class: name });

let rows = 0;

export class ElementRow {
  #selector;
  #rank = part("rank");
  #text = part("text");
  #path = part("path");
  #hidden = part("hidden");
  #place = part("place");
  #rage = part("rage");
  #dead = part("dead");
  #count = part("count");
  #share = part("share");
  #change = part("change");
  #only = part("only");
  #more;
  #copy = element(
    "button",
    { type: "button", class: "copy", onclick: () => this.#copySelector() },
    "Copy selector",
  );
  /** @type {HTMLButtonElement} */
  button;
  node;

  /** @param {string} selector @param {() => void} chosen */
  constructor(selector, chosen) {
    this.#selector = selector;
    const id = `pageheat-element-${rows++}`;
    this.button = element(
      "button",
      {
        type: "button",
        class: "row",
        tabindex: -1,
        title: selector || "The page itself",
        "aria-expanded": "false",
        "aria-controls": id,
        onclick: chosen,
      },
      this.#rank,
      element(
        "span",
        { class: "what" },
        this.#text,
        this.#path,
        element(
          "span",
          { class: "tags" },
          this.#hidden,
          this.#place,
          this.#rage,
          this.#dead,
          this.#change,
          this.#only,
        ),
      ),
      this.#count,
      this.#share,
    );
    const byPlace = isByPlace(selector);
    this.#more = element(
      "div",
      { class: "more", id, hidden: true },
      element("code", {}, selector),
      byPlace ? element("p", {}, BY_PLACE) : null,
      this.#copy,
    );
    this.node = element("li", {}, this.button, this.#more);
  }

  get isExpanded() {
    return !this.#more.hidden;
  }

  /** @param {boolean} expanded the page itself has no selector to show */
  expand(expanded) {
    this.#more.hidden = !expanded || this.#selector === PAGE;
    this.button.setAttribute("aria-expanded", String(this.isExpanded));
    setText(this.#copy, "Copy selector");
  }

  /**
   * @param {import("../core/ranking.js").Row} row
   * @param {import("../core/breakdown.js").Mark} mark to count
   * @param {number} rank from 1
   * @param {{ element: Element | null, visible: boolean }} shown the element on the page
   * @param {boolean} ofViews the count is of page views
   */
  update(row, mark, rank, { element: found, visible }, ofViews) {
    const { rage, dead } = row;
    setText(this.#rank, found ? String(rank) : "");
    setText(this.#text, found ? textOf(found) : this.#selector);
    setText(this.#path, found ? this.#selector || "the page itself" : "");
    setText(this.#hidden, found && !visible ? "not visible now" : "");
    const isFrame = found?.localName === "iframe";
    const byPlace = isByPlace(this.#selector) ? "by its place" : "";
    setText(this.#place, isFrame ? "clicks inside, where known" : byPlace);
    this.#place.title = isFrame ? IN_FRAME : BY_PLACE;
    setText(this.#rage, mark !== "rage" && rage > 0 ? `${formatCount(rage)} rage` : "");
    setText(this.#dead, mark !== "dead" && dead > 0 ? `${formatCount(dead)} dead` : "");
    const isTime = mark === "dwell" && !ofViews;
    setText(this.#count, isTime ? formatAmount(row.count, mark) : formatCount(row.count));
    this.#share.title = ofViews ? "of the page views" : "";
    setText(this.#share, formatShare(row.share));
    this.button.disabled = !found;
    if (!found) this.expand(false);
  }

  /** Says what changed, instead of counts. @param {import("../core/shown.js").Change} [change] */
  compare(change) {
    this.button.dataset.compared = String(change !== undefined);
    this.#change.dataset.said = String(Boolean(change?.isSaid));
    setText(this.#change, change?.change ?? "");
    setText(this.#only, change?.only ?? "");
    if (!change) return;
    setText(this.#count, change.shares);
    setText(this.#share, "");
  }

  async #copySelector() {
    const copied = await copyText(this.#selector, this.#more);
    setText(this.#copy, copied ? "Copied" : "Not copied: select it, and copy it by key");
  }
}
