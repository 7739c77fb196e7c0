/**
 * What a pointer does on the sparkline: it brushes a range, drags one of its ends or the whole of it, or presses a bar.
 *
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {import("./window.js").Window} Window
 * @typedef {import("./window.js").Grip} Grip
 */

import { dragged, pointed, shareOf, timeAt } from "./window.js";

/** Moved by less, px, a pointer has pressed. */
const PRESS_PX = 3;

/** How near to an end, px, a pointer takes hold of it. */
const NEAR_PX = 9;

export class Brush {
  #field;
  #shown;
  #actions;
  /** @type {import("./window.js").Hold & { x: number, moved: boolean } | null} */
  #hold = null;

  /**
   * @param {HTMLElement} field
   * @param {() => { window: Window, range: Range | null }} shown
   * @param {{ chosen: (range: Range) => void, pressed: (time: number) => void, pointed: (x: number | null) => void }} actions
   *   `chosen` gets each range while it is brushed; `pointed`: the pointer is at so many px, null if it has left
   */
  constructor(field, shown, actions) {
    this.#field = field;
    this.#shown = shown;
    this.#actions = actions;
    field.addEventListener("pointerdown", (event) => this.#grab(event));
    field.addEventListener("pointermove", (event) => this.#follow(event));
    field.addEventListener("pointerup", (event) => this.#release(event));
    field.addEventListener("pointercancel", () => this.#end());
    field.addEventListener("pointerout", () => actions.pointed(null));
  }

  get isHeld() {
    return this.#hold !== null;
  }

  get width() {
    return this.#field.clientWidth || 1;
  }

  /** What a pointer would take hold of. @param {number} x px @returns {Grip} */
  gripAt(x) {
    const { window, range } = this.#shown();
    if (!range) return "new";
    const [from, to] = [range.from, range.to].map((at) => shareOf(window, at) * this.width);
    // Of a narrow range each half has its end.
    const near = Math.min(NEAR_PX, Math.max(2, (to - from) / 3));
    if (x >= from - NEAR_PX && x < from + near) return "from";
    if (x > to - near && x <= to + NEAR_PX) return "to";
    return x > from && x < to ? "move" : "new";
  }

  /** @param {{ clientX: number }} event */
  #x({ clientX }) {
    return clientX - this.#field.getBoundingClientRect().left;
  }

  /** @param {PointerEvent} event */
  #grab(event) {
    if (event.button !== 0) return;
    const x = this.#x(event);
    const grip = this.gripAt(x);
    const { window, range } = this.#shown();
    this.#hold = { grip, at: pointed(window, x, this.width), range, x, moved: false };
    this.#field.setPointerCapture(event.pointerId);
    this.#field.dataset.grip = grip;
  }

  /** @param {PointerEvent} event */
  #follow(event) {
    const x = this.#x(event);
    const hold = this.#hold;
    if (!hold) return this.#actions.pointed(x);
    hold.moved ||= Math.abs(x - hold.x) >= PRESS_PX;
    if (!hold.moved) return;
    this.#actions.pointed(x);
    const time = pointed(this.#shown().window, x, this.width);
    this.#actions.chosen(dragged(hold, time, Date.now()));
  }

  /** @param {PointerEvent} event */
  #release(event) {
    const hold = this.#hold;
    this.#end();
    if (!hold || hold.moved) return;
    this.#actions.pressed(timeAt(this.#shown().window, this.#x(event) / this.width));
  }

  #end() {
    this.#hold = null;
    delete this.#field.dataset.grip;
  }
}
