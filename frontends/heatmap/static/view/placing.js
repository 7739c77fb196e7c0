/**
 * Keeps the panel at its place, and moves it: by pointer at its handles, by arrow keys at its grip.
 *
 * Until it is moved it is in a free lower corner. It leaves that for another one if the page puts something
 * there, but not while it is in use.
 *
 * @typedef {import("../core/placing.js").Place} Place
 */

import { cornerOf, freePlace, placeAt } from "../core/placing.js";
import { heldCorners } from "./corners.js";

/** Moved by less than this, px, a pointer has pressed. */
const PRESS_PX = 4;

/** Moved by an arrow key, px; with Shift, by … */
const STEP_PX = 16;
const LEAP_PX = 96;

/** What comes for less than so many looks, such as a message, does not drive the panel away. */
const LOOKS = 2;

/** @type {Record<string, number[]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Placing {
  #panel;
  #ours;
  #placed;
  /** @type {Place | null} */
  #chosen;
  #place = freePlace({ left: 0, right: 0 });
  #heldFor = LOOKS;
  /** Height of what is below it at the window's foot, px. */
  #lifted = 0;
  #sizes = new ResizeObserver(() => this.apply());

  /**
   * @param {HTMLElement} panel positioned by `left` and `top`
   * @param {Element} ours the overlay's element
   * @param {Place | null} chosen null if the analyst has not moved it
   * @param {(place: Place | null) => void} placed gets the analyst's choice
   */
  constructor(panel, ours, chosen, placed) {
    this.#panel = panel;
    this.#ours = ours;
    this.#chosen = chosen;
    this.#placed = placed;
  }

  /** @param {AbortSignal} signal */
  start(signal) {
    this.#sizes.observe(this.#panel);
    addEventListener("resize", () => this.apply(), { signal });
    signal.addEventListener("abort", () => this.#sizes.disconnect());
  }

  /** Looks whether its corner is still free; cheap enough to call every second. */
  look() {
    if (this.#chosen || this.#panel.matches(":hover, :focus-within")) return;
    const held = heldCorners(this.#ours);
    const { side, y } = this.#place;
    const isHeld =
      freePlace({ left: held[side], right: held[side] }).y > y ||
      held[side] === Number.POSITIVE_INFINITY;
    this.#heldFor = isHeld ? this.#heldFor + 1 : 0;
    if (this.#heldFor < LOOKS) return;
    this.#heldFor = 0;
    this.#place = freePlace(held);
    this.apply();
  }

  /** Leaves room at the window's foot. @param {number} px */
  lift(px) {
    if (px === this.#lifted) return;
    this.#lifted = px;
    this.apply();
  }

  /** Puts the panel where it belongs. */
  apply() {
    const { left, top } = cornerOf(this.#chosen ?? this.#place, this.#size, this.#inside);
    const { style, dataset } = this.#panel;
    style.left = `${left}px`;
    style.top = `${top}px`;
    dataset.side = (this.#chosen ?? this.#place).side;
  }

  /**
   * Lets it be dragged at a node. A press without a movement stays a press.
   *
   * @param {HTMLElement} handle
   */
  dragAt(handle) {
    /** @type {{ x: number, y: number, left: number, top: number, moved: boolean } | null} */
    let from = null;
    let dragged = false;
    handle.addEventListener("pointerdown", (event) => {
      dragged = false;
      const control = /** @type {Element} */ (event.target).closest("button");
      if (event.button !== 0 || (control && control !== handle)) return;
      const { left, top } = this.#panel.getBoundingClientRect();
      from = { x: event.clientX, y: event.clientY, left, top, moved: false };
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", ({ clientX, clientY }) => {
      if (!from) return;
      const [across, down] = [clientX - from.x, clientY - from.y];
      from.moved ||= Math.hypot(across, down) >= PRESS_PX;
      if (from.moved) this.#put(from.left + across, from.top + down);
    });
    const end = () => {
      dragged = from?.moved ?? false;
      from = null;
      if (dragged) this.#placed(this.#chosen);
    };
    handle.addEventListener("pointerup", end);
    handle.addEventListener("pointercancel", end);
    const drop = (/** @type {Event} */ event) => {
      if (dragged) event.stopImmediatePropagation();
      dragged = false;
    };
    handle.addEventListener("click", drop, { capture: true });
  }

  /** Lets it be moved by arrow keys at a button; Home brings it back to a free corner. @param {HTMLElement} grip */
  steerAt(grip) {
    grip.addEventListener("keydown", (event) => {
      const { key, shiftKey } = event;
      const arrow = ARROWS[key];
      if (!arrow && key !== "Home") return;
      event.preventDefault();
      if (arrow) {
        const { left, top } = this.#panel.getBoundingClientRect();
        const step = shiftKey ? LEAP_PX : STEP_PX;
        this.#put(left + step * arrow[0], top + step * arrow[1]);
      } else {
        this.#chosen = null;
        this.#place = freePlace(heldCorners(this.#ours));
        this.apply();
      }
      this.#placed(this.#chosen);
    });
  }

  /** @param {number} left @param {number} top */
  #put(left, top) {
    this.#chosen = placeAt(left, top, this.#size, this.#inside);
    this.apply();
  }

  get #inside() {
    const { width, height } = inside();
    return { width, height: height - this.#lifted };
  }

  get #size() {
    const { width, height } = this.#panel.getBoundingClientRect();
    return { width, height };
  }
}

/** The window without its scroll bars. */
function inside() {
  const { clientWidth, clientHeight } = document.documentElement;
  return {
    width: Math.min(innerWidth, clientWidth || innerWidth),
    height: Math.min(innerHeight, clientHeight || innerHeight),
  };
}
