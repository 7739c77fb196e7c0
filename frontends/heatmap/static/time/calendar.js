/** Begin and end of the range as inputs of date and time: the browser's own calendar. */

import { element } from "../view/element.js";
import { inputValue, timeOfInput } from "./times.js";

export class Calendar {
  #chosen;
  #from = this.#input();
  #to = this.#input();
  #wrong = element("span", { class: "wrong", role: "status" });
  node = element(
    "div",
    { class: "calendar", role: "group", "aria-label": "Dates and times", hidden: true },
    element("label", {}, element("span", {}, "From"), this.#from),
    element("label", {}, element("span", {}, "To"), this.#to),
    this.#wrong,
  );

  /** @param {(from: number, to: number) => void} chosen ms since the epoch */
  constructor(chosen) {
    this.#chosen = chosen;
  }

  /** @param {import("./ranges.js").Range | null} range @param {number} now */
  update(range, now) {
    for (const [input, time] of /** @type {[HTMLInputElement, number | undefined][]} */ ([
      [this.#from, range?.from],
      [this.#to, range?.to],
    ])) {
      input.max = inputValue(now);
      // Not while somebody types there.
      if (!input.matches(":focus")) input.value = time === undefined ? "" : inputValue(time);
    }
  }

  #input() {
    const input = element("input", { type: "datetime-local", step: 60 });
    input.addEventListener("change", () => this.#read());
    return input;
  }

  #read() {
    const [from, to] = [timeOfInput(this.#from.value), timeOfInput(this.#to.value)];
    const isRange = from < to;
    const isGiven = !Number.isNaN(from) && !Number.isNaN(to);
    this.#wrong.textContent = isGiven && !isRange ? "The end should be after the begin." : "";
    if (isRange) this.#chosen(from, to);
  }
}
