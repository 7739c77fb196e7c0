/**
 * A curtain that is dragged over the page: left of its edge is the heat of what is compared with, right of it that of
 * the range. It is a slider, in percent of the window's width.
 *
 * @typedef {import("../view/heat-view.js").HeatView} HeatView
 * @typedef {import("../core/shown.js").Shown} Shown
 * @typedef {{ name: string, views: string }} Side
 */

import { detach, element, setText } from "../view/element.js";
import { within } from "./ranges.js";

/** By so many percent keys move it: arrows, and Page Up and Page Down. */
const STEP = 1;
const PAGE = 10;

export class Curtain {
  #heat;
  #twin;
  #ending = new AbortController();
  #percent = 50;
  #left = sideLabel();
  #right = sideLabel();
  #edge = element(
    "div",
    {
      class: "edge",
      role: "slider",
      tabindex: 0,
      "aria-label": "Curtain",
      "aria-orientation": "horizontal",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
    },
    element("i"),
  );
  #node = element("div", { class: "curtain" }, this.#left.node, this.#edge, this.#right.node);

  /** @param {HeatView} heat of the right side @param {Element} room where its edge is added, below our other parts */
  constructor(heat, room) {
    this.#heat = heat;
    this.#twin = heat.twin();
    const edge = this.#edge;
    edge.addEventListener("keydown", (event) => this.#press(event));
    edge.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      edge.setPointerCapture(event.pointerId);
      edge.focus();
      event.preventDefault();
    });
    edge.addEventListener("pointermove", (event) => {
      if (edge.hasPointerCapture(event.pointerId)) this.#move((100 * event.clientX) / innerWidth);
    });
    const { signal } = this.#ending;
    const options = { capture: true, passive: true, signal };
    for (const type of ["scroll", "resize"]) addEventListener(type, () => this.#cut(), options);
    room.prepend(this.#node);
    this.#move(this.#percent);
  }

  /**
   * @param {Shown} shown on the left
   * @param {{ own: Side, other: Side }} names of the right and the left side
   */
  show(shown, { own, other }) {
    this.#twin.show(shown);
    this.#left.show(other);
    this.#right.show(own);
    this.#say();
  }

  /** The page has another size, or place. */
  place() {
    this.#cut();
  }

  remove() {
    this.#ending.abort();
    this.#heat.endTwin();
    this.#heat.stage.cut(null);
    detach(this.#node);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const by = {
      ArrowLeft: -STEP,
      ArrowDown: -STEP,
      ArrowRight: STEP,
      ArrowUp: STEP,
      PageDown: -PAGE,
      PageUp: PAGE,
      Home: -100,
      End: 100,
    }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    this.#move(this.#percent + by);
  }

  /** @param {number} percent */
  #move(percent) {
    this.#percent = within(percent, 0, 100);
    this.#node.style.setProperty("--at", `${this.#percent}%`);
    this.#say();
    this.#cut();
  }

  #say() {
    const percent = Math.round(this.#percent);
    const [left, right] = [this.#left.text, this.#right.text];
    this.#edge.setAttribute("aria-valuenow", String(percent));
    this.#edge.setAttribute("aria-valuetext", `${percent} % ${left}, ${100 - percent} % ${right}`);
  }

  #cut() {
    const at = (this.#percent / 100) * innerWidth;
    this.#twin.stage.cut({ from: 0, to: at });
    this.#heat.stage.cut({ from: at, to: innerWidth });
  }
}

/** What is beside the edge: a side's name, and below it its number of page views. */
function sideLabel() {
  const [title, count] = [element("b"), element("span")];
  return {
    node: element("div", { class: "side" }, element("p", {}, title, count)),
    text: "",
    /** @param {Side} side */
    show({ name, views }) {
      setText(title, name);
      setText(count, views);
      this.text = `${name} · ${views}`;
    },
  };
}
