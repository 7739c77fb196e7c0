/**
 * The button that plays the range as a film, and the film while there is one; its module is loaded then.
 *
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {import("./film/reel.js").Question} Question
 */

import { element, icon, setText, styleSheet } from "../view/element.js";
import { hasFocus } from "../view/focus.js";
import { floor, isSame, rangeOf } from "./ranges.js";

const PLAY = "M5 3.2v9.6l7.5-4.8z";

const LABEL = "Play as a film";
const FAILED = "The film could not be loaded; try again";

export class FilmControl {
  #context;
  #time;
  #known;
  #chart;
  #changed;
  /** @type {import("./film/film.js").Film | null} */
  #film = null;
  #isLoading = false;
  /** What is played, as it was chosen, and its ends then: "today" goes on, its film does not. @type {{ chosen: Range, from: number, to: number } | null} */
  #played = null;
  /** What the film has chosen, as the heat was live before. @type {Range | null} */
  #own = null;
  #text = element("span", {}, "Film");
  button = element(
    "button",
    {
      type: "button",
      class: "play",
      "aria-label": LABEL,
      title: LABEL,
      onclick: () => this.#open(),
    },
    icon(PLAY),
    this.#text,
  );
  /** Where the film's controls are. */
  room = element("div", { class: "room", hidden: true });

  /**
   * @param {import("./strip.js").Context} context
   * @param {{
   *   time: import("./chosen-time.js").ChosenTime, known: import("./known.js").Known, chart: import("./chart.js").Chart,
   * }} strip its parts
   * @param {() => void} changed called when something else is chosen or shown
   */
  constructor(context, { time, known, chart }, changed) {
    this.#context = context;
    this.#time = time;
    this.#known = known;
    this.#chart = chart;
    this.#changed = changed;
  }

  /** What the film shows, and says of it; null without a film. */
  get playing() {
    return this.#film && { shown: this.#film.shown, meaning: this.#film.meaning };
  }

  /** What is chosen may be something else. */
  follow() {
    if (!this.#film) return;
    const question = this.#question();
    if (question) this.#film.follow(question);
    else this.leave();
  }

  leave() {
    if (!this.#film) return;
    const hadFocus = hasFocus(this.room);
    this.stop();
    this.#film = null;
    this.#played = null;
    this.room.hidden = true;
    this.room.replaceChildren();
    this.button.hidden = false;
    if (hadFocus) this.button.focus();
    this.#chart.mark(null);
    if (this.#own && this.#time.chosen === this.#own) this.#time.change({ range: null });
    this.#own = null;
    this.#changed();
  }

  stop() {
    this.#film?.stop();
  }

  async #open() {
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      const { Film } = await import("./film/film.js");
      this.#begin(Film);
    } catch {
      this.button.title = FAILED;
      setText(this.#text, "Not loaded");
    }
    this.#isLoading = false;
  }

  /** Of the live heat, the last hour is played; what is compared can't be. @param {typeof import("./film/film.js").Film} Film */
  #begin(Film) {
    const hadFocus = hasFocus(this.button);
    if (!this.#time.chosen) this.#own = rangeOf("hour", Date.now());
    this.#time.change({ range: this.#time.chosen ?? this.#own, than: null });
    const question = this.#question();
    if (!question) return;
    const { history, page, heat, preferences } = this.#context;
    this.#film = new Film(
      {
        history,
        page,
        heat,
        preferences,
        elements: () => this.#known.past.found?.shown.elements ?? [],
        gaps: () => this.#known.series?.gaps ?? [],
        advice: (failure) => this.#known.advice(failure),
        moved: (at) => this.#chart.mark(at),
        changed: () => this.#context.changed(),
        left: () => this.leave(),
      },
      question,
    );
    this.button.hidden = true;
    this.room.replaceChildren(styleSheet("film.css"), this.#film.node);
    this.room.hidden = false;
    if (hadFocus) this.#film.enter();
    this.#changed();
  }

  /** @returns {Question | null} null if there is nothing to play */
  #question() {
    const { chosen, range, than, visitors, group } = this.#time;
    if (!chosen || !range || than) return null;
    if (!this.#played || !isSame(chosen, this.#played.chosen)) {
      this.#played = { chosen, from: floor(range.from), to: floor(range.to) };
    }
    const { from, to } = this.#played;
    const page = group || this.#context.page();
    return { page, chosen: /** @type {any} */ (visitors), from, to };
  }
}
