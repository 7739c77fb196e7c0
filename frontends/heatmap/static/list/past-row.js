/**
 * A row of the list over time: a page, or a group of pages that unfolds to them.
 *
 * Paths come from visitors and are untrusted: they are set as text and as parts of a URL, never as markup.
 *
 * @typedef {{
 *   page: string, pages: number, views: number, clicks: number, example: string,
 *   before: { views: number, clicks: number } | null, series: number[],
 * }} Entry as the history answers it
 * @typedef {"group" | "member" | "page"} Role
 */

import { readable } from "../core/address.js";
import { formatCount, formatUnit } from "../core/format.js";
import { element, icon, setText } from "../view/element.js";
import { nameParts } from "../view/name-parts.js";
import { changeOf } from "./change.js";
import { sparklineOf } from "./sparkline.js";

const SPARKLINE = { width: 120, height: 26 };

const UNFOLD = "M6 4l4 4-4 4";

export class PastRow {
  #change = element("bdi", { dir: "ltr" });
  #cells = {
    views: element("td", { class: "number views", role: "cell" }),
    change: element("td", { class: "number change", role: "cell" }, this.#change),
    clicks: element("td", { class: "number clicks", role: "cell" }),
  };
  #count = element("span", { class: "count" });
  #chart = chart();
  #link = element("a", { class: "page" });
  /** @type {HTMLButtonElement | null} */
  #button = null;
  node;

  /** @param {Entry} entry @param {Role} role @param {() => void} folded called when a group is to be folded or unfolded */
  constructor(entry, role, folded) {
    const name = readable(entry.page);
    this.#link.title = name;
    // Its parts are boxes, so they would be read as separate words.
    this.#link.ariaLabel = name;
    this.#link.append(...nameParts(name));
    if (role === "group") {
      const label = `Pages of ${name}`;
      this.#button = element(
        "button",
        { type: "button", class: "unfold", "aria-label": label, title: label, onclick: folded },
        icon(UNFOLD),
      );
    }
    this.node = element(
      "tr",
      { class: role, role: "row" },
      element(
        "th",
        { scope: "row", role: "rowheader" },
        element("span", { class: "name" }, this.#button, this.#link, this.#count),
      ),
      element("td", { class: "trend", role: "cell" }, this.#chart.node),
      ...Object.values(this.#cells),
    );
  }

  /** What takes the focus. */
  get handle() {
    return this.#link;
  }

  /**
   * @param {Entry} entry
   * @param {{ href: string | null, isKnown: boolean, isUnfolded: boolean }} shown `isKnown`: the span before
   */
  fill({ pages, views, clicks, before, series }, { href, isKnown, isUnfolded }) {
    if (href === null) this.#link.removeAttribute("href");
    else if (this.#link.href !== href) this.#link.href = href;
    this.#button?.setAttribute("aria-expanded", String(isUnfolded));
    setText(this.#count, this.#button ? formatUnit(pages, "page") : "");
    setText(this.#cells.views, formatCount(views));
    setText(this.#cells.clicks, formatCount(clicks));
    const { text, kind, meaning } = changeOf(views, isKnown ? (before?.views ?? null) : null);
    setText(this.#change, text);
    this.#cells.change.title = meaning;
    this.#cells.change.dataset.kind = kind;
    this.#chart.draw(series);
  }

  /** Folds or unfolds a group; false for a page. @param {boolean} unfolded */
  fold(unfolded) {
    if (this.#button?.ariaExpanded !== String(!unfolded)) return false;
    this.#button.click();
    return true;
  }
}

/** A sparkline, and what draws it. */
function chart() {
  const namespace = "http://www.w3.org/2000/svg";
  const { width, height } = SPARKLINE;
  const node = document.createElementNS(namespace, "svg");
  node.setAttribute("viewBox", `0 0 ${width} ${height}`);
  node.setAttribute("preserveAspectRatio", "none");
  node.setAttribute("role", "img");
  const [area, line] = ["area", "line"].map((name) => {
    const path = document.createElementNS(namespace, "path");
    path.setAttribute("class", name);
    return path;
  });
  node.append(area, line);
  return {
    node,
    /** @param {number[]} series */
    draw(series) {
      const drawn = sparklineOf(series, width, height);
      area.setAttribute("d", drawn.area);
      line.setAttribute("d", drawn.line);
      const most = Math.max(0, ...series);
      node.setAttribute(
        "aria-label",
        series.length > 0 ? `${formatUnit(most, "page view")} at the most` : "",
      );
    },
  };
}
