/**
 * The lines of the scroll layer, with their labels: how far down 75, 50 and 25 % of the page views came, and where
 * windows end on the page's top; and the mark at the place that is read.
 */

import { formatPx, formatShare } from "../core/format.js";
import { placed } from "../core/lines.js";
import { foldOf, marksOf, viewsOf } from "../core/looks.js";
import { element, setText } from "./element.js";

/** Where they are, even on pages that forbid our style sheets. */
const ACROSS = "position: absolute; top: 0; left: 0; width: 100%;";
const LINE = `${ACROSS} display: flex; height: 0; border-top: 1px solid; align-items: flex-start;`;

export class RowLines {
  #spread = element("div", {
    class: "spread",
    style: "position: absolute; top: 0; left: 3px; width: 3px;",
    hidden: true,
  });
  #mark = element(
    "div",
    { class: "at", style: `${ACROSS} display: flex; align-items: flex-start;`, hidden: true },
    element("span"),
  );
  /** @type {HTMLElement[]} */
  #lines = [];
  node = element("div", { class: "lines", style: ACROSS }, this.#spread, this.#mark);

  /** @param {import("../core/grid.js").Grid | null} grid null shows no lines @param {number} scale window px a px of what scrolls */
  show(grid, scale) {
    const lines = grid && viewsOf(grid.looks) ? linesOf(grid) : [];
    const fold = grid && foldOf(grid.looks);
    this.#spread.hidden = !fold;
    if (fold) {
      this.#spread.style.transform = `translateY(${fold.low * scale}px)`;
      this.#spread.style.height = `${(fold.high - fold.low) * scale}px`;
    }
    while (this.#lines.length > lines.length) this.#lines.pop()?.remove();
    while (this.#lines.length < lines.length) {
      const line = element("div", { class: "line", style: LINE }, element("span"));
      this.#lines.push(line);
      this.node.append(line);
    }
    const places = placed(lines.map(({ y }) => y * scale));
    for (let i = 0; i < lines.length; i++) {
      const [line, { name, text, y }] = [this.#lines[i], lines[i]];
      line.dataset.name = name;
      line.style.transform = `translateY(${y * scale}px)`;
      line.style.setProperty("--place", String(places[i]));
      setText(/** @type {Element} */ (line.firstElementChild), text);
    }
  }

  /**
   * @param {number | null} y px of what scrolls; null for no mark
   * @param {string} text
   * @param {number} row px
   * @param {number} scale
   */
  point(y, text, row, scale) {
    if (this.#mark.hidden !== (y === null)) this.#mark.hidden = y === null;
    if (y === null) return;
    this.#mark.style.transform = `translateY(${Math.floor(y / row) * row * scale}px)`;
    this.#mark.style.height = `${row * scale}px`;
    setText(/** @type {Element} */ (this.#mark.firstElementChild), text);
  }
}

/** @param {import("../core/grid.js").Grid} grid */
function linesOf({ looks, page }) {
  const lines = marksOf(looks, page?.height ?? null).map(({ share, y }) => ({
    name: String(100 * share),
    text: formatShare(share),
    y,
  }));
  const fold = foldOf(looks);
  if (!fold) return lines;
  return [
    ...lines,
    { name: "fold", text: `Average fold, ${formatPx(fold.average)}`, y: fold.average },
  ];
}
