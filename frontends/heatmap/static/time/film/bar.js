/**
 * The film's controls: play and pause, the time that is shown, scrubbing, speed.
 *
 * @typedef {import("./speeds.js").Speed} Speed
 * @typedef {{
 *   toggled: () => void, sought: (at: number) => void, pressed: (key: string) => boolean, held: (isHeld: boolean) => void, sped: (speed: Speed) => void,
 *   left: () => void,
 * }} Actions
 *   `pressed` says whether the key does something; `held`: while the pointer holds the slider, the film waits
 */

import { select } from "../../view/controls.js";
import { element, iconButton, setText } from "../../view/element.js";
import { formatMoment } from "../times.js";
import { SPEEDS } from "./speeds.js";

const PAUSE = "M5.5 3.5v9M10.5 3.5v9";
const PLAY = "M5 3.2v9.6l7.5-4.8z";
const CLOSE = "M4 4l8 8M12 4l-8 8";

export class Bar {
  #actions;
  #film = { from: 0, to: 1 };
  #speed = SPEEDS[0];
  #play = iconButton("Pause the film", PAUSE, () => this.#actions.toggled());
  #time = element("span", { class: "moment" });
  #note = element("span", { class: "note", role: "status" });
  #slider = element("input", { type: "range", step: "any", "aria-label": "Time in the film" });
  #speeds = select("Speed", (ms) => {
    const chosen = SPEEDS.find((speed) => String(speed.ms) === ms);
    if (chosen) this.#actions.sped(chosen);
  });
  node;

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#play.classList.add("play");
    const slider = this.#slider;
    slider.addEventListener("input", () => actions.sought(slider.valueAsNumber));
    slider.addEventListener("pointerdown", () => actions.held(true));
    for (const type of ["pointerup", "pointercancel", "focusout"]) {
      slider.addEventListener(type, () => actions.held(false));
    }
    this.node = element(
      "div",
      { class: "film", role: "group", "aria-label": "Film" },
      this.#play,
      this.#time,
      slider,
      this.#speeds.node,
      iconButton("Leave the film", CLOSE, () => actions.left()),
      this.#note,
    );
    this.node.addEventListener("keydown", (event) => this.#press(event));
  }

  /** The button that plays and pauses has the focus. */
  focus() {
    this.#play.focus();
  }

  /**
   * @param {{
   *   at: number, film: { from: number, to: number }, speed: Speed, isPlaying: boolean, note: string,
   * }} state
   */
  update({ at, film, speed, isPlaying, note }) {
    const slider = this.#slider;
    if (film !== this.#film) {
      slider.min = String(film.from);
      slider.max = String(film.to);
    }
    this.#film = film;
    slider.value = String(at);
    const text = formatMoment(at, Date.now());
    if (this.#time.textContent !== text) slider.setAttribute("aria-valuetext", text);
    setText(this.#time, text);
    setText(this.#note, note);
    const label = isPlaying ? "Pause the film" : "Play the film";
    if (this.#play.title !== label) {
      this.#play.title = label;
      this.#play.setAttribute("aria-label", label);
      this.#play.querySelector("path")?.setAttribute("d", isPlaying ? PAUSE : PLAY);
    }
    if (speed === this.#speed && this.#speeds.node.dataset.offered) return;
    this.#speed = speed;
    this.#speeds.node.dataset.offered = "true";
    this.#speeds.offer(
      SPEEDS.map(({ ms, text: name }) => [String(ms), name]),
      String(speed.ms),
    );
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.key === "Escape") {
      // Else the strip would be folded.
      event.stopPropagation();
      return this.#actions.left();
    }
    if (event.target !== this.#slider) return;
    if (event.key === " ") this.#actions.toggled();
    else if (!this.#actions.pressed(event.key)) return;
    event.preventDefault();
  }
}
