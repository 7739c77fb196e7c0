/**
 * Plays a range over the page. Each moment shows the heat of as long before it as plays in a second, eased from
 * picture to picture; those who want no motion see a still picture a second.
 *
 * Loaded when a film is first asked for.
 *
 * @typedef {import("../../core/shown.js").Shown} Shown
 * @typedef {import("./speeds.js").Speed} Speed
 * @typedef {import("./reel.js").Question} Question
 * @typedef {{
 *   history: string, page: () => string, heat: import("../../view/heat-view.js").HeatView,
 *   preferences: () => import("../../view/preferences.js").Preferences,
 *   elements: () => import("../../core/breakdown.js").ElementHeat[], gaps: () => [number, number][],
 *   moved: (at: number) => void, changed: () => void, left: () => void, advice: (failure: Failure) => string,
 * }} Context
 *   `page`: that is shown; the question may be of a group of pages. `elements` of the whole range, for their list; `gaps`: when nothing is known. `moved` gets the film's place at
 *   each picture; `changed` is called when what the panel says is another; `left`: somebody leaves the film.
 * @typedef {{ trouble: import("../ask.js").Trouble, text: string }} Failure
 */

import { PACE_MS } from "../../core/heat.js";
import { planOf } from "../../core/plan.js";
import { ask } from "../ask.js";
import { within } from "../ranges.js";
import { Bar } from "./bar.js";
import { gridOf, peaksOf } from "./frames.js";
import { advanced, exposure, pressed } from "./playhead.js";
import { Reel } from "./reel.js";
import { chunkLength, speedFor } from "./speeds.js";

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

/** How often the panel's numbers follow, ms. */
const SAID_MS = 250;

const NOT_FILMED = "A film has moves and clicks: choose one of these layers.";
const UNKNOWN = "nothing is known of this time";

export class Film {
  #context;
  #question;
  #film;
  #speed;
  #at;
  #reel;
  #peaks = { moves: 0, clicks: 0 };
  #isPlaying = true;
  #isHeld = false;
  #isOver = false;
  #frame = 0;
  /** Of the last picture, as of `requestAnimationFrame`; 0 while nothing moves. */
  #before = 0;
  #due = 0;
  #saidAt = 0;
  /** What the newest picture shows. */
  #span = { from: 0, to: 0 };
  #bar = new Bar({
    toggled: () => this.#toggle(),
    sought: (at) => this.#seek(at),
    pressed: (key) => this.#press(key),
    held: (isHeld) => {
      this.#isHeld = isHeld;
      this.#redraw();
    },
    sped: (speed) => this.#play(speed),
    left: () => this.#context.left(),
  });
  /** What is over the page; null until the first frames are there. @type {Shown | null} */
  shown = null;

  /** @param {Context} context @param {Question} question */
  constructor(context, question) {
    this.#context = context;
    this.#question = question;
    this.#film = { from: question.from, to: question.to };
    this.#at = question.from;
    this.#speed = speedFor(this.#film);
    this.#reel = this.#load();
    this.#redraw();
  }

  get node() {
    return this.#bar.node;
  }

  /** What each moment shows, in words. */
  get meaning() {
    return `film: each moment shows ${this.#speed.span} before it`;
  }

  /** The bar gets the focus. */
  enter() {
    this.#bar.focus();
  }

  /** Plays another range, or other visitors, from the same place if it has that. @param {Question} question */
  follow(question) {
    // Another layer may be chosen.
    if (isAlike(question, this.#question)) return this.#redraw();
    const { from, to } = question;
    const isOther = from !== this.#film.from || to !== this.#film.to;
    this.#question = question;
    if (isOther) this.#film = { from, to };
    if (this.#at < from || this.#at >= to) this.#at = from;
    this.#play(isOther ? speedFor(question) : this.#speed);
  }

  stop() {
    this.#isOver = true;
    cancelAnimationFrame(this.#frame);
    this.#reel.stop();
  }

  /** @param {Speed} speed */
  #play(speed) {
    this.#speed = speed;
    this.#reel.stop();
    this.#reel = this.#load();
    this.#due = 0;
    this.#redraw();
    this.#context.changed();
  }

  #load() {
    const { history } = this.#context;
    const reel = new Reel(
      this.#question,
      chunkLength(this.#speed),
      (page, parameters, signal) => ask(history, "film", page, parameters, signal),
      () => {
        this.#peaks = peaksOf(reel.frames, this.#speed.ms, reel.size);
        this.#due = 0;
        this.#redraw();
      },
    );
    reel.want(this.#at);
    return reel;
  }

  #toggle() {
    this.#isPlaying = !this.#isPlaying;
    if (this.#isPlaying && this.#at >= this.#film.to) this.#at = this.#film.from;
    this.#redraw();
  }

  /** @param {string} key */
  #press(key) {
    const at = pressed(this.#at, key, this.#speed, this.#film);
    if (at !== null) this.#seek(at);
    return at !== null;
  }

  /** @param {number} at */
  #seek(at) {
    this.#at = within(at, this.#film.from, this.#film.to);
    this.#due = 0;
    this.#redraw();
  }

  #redraw() {
    // Taken from the page, its controls lose the focus, and say so.
    if (this.#isOver) return;
    this.#frame ||= requestAnimationFrame((now) => this.#draw(now));
  }

  /** @param {number} now */
  #draw(now) {
    this.#frame = 0;
    const moves = this.#isPlaying && !this.#isHeld;
    if (moves) {
      const elapsed = this.#before ? now - this.#before : 0;
      this.#at = advanced(this.#at, elapsed, this.#speed, this.#reel.knownUntil(this.#at));
    }
    if (this.#at >= this.#film.to) this.#isPlaying = false;
    this.#reel.want(this.#at);
    // The last picture is due at once.
    if (now >= this.#due || !this.#isPlaying) this.#picture(now);
    this.#bar.update({
      at: this.#at,
      film: this.#film,
      speed: this.#speed,
      isPlaying: this.#isPlaying,
      note: this.#note,
    });
    this.#context.moved(this.#at);
    this.#before = moves ? now : 0;
    if (moves && this.#isPlaying) this.#redraw();
  }

  /** Shows the heat of the film's place. @param {number} now */
  #picture(now) {
    const { frames, size } = this.#reel;
    const span = exposure(this.#at, this.#speed, this.#film, stillness.matches);
    const { from, to } = this.#span;
    if (size === 0 || (this.#due > 0 && span.from === from && span.to === to)) return;
    this.#span = span;
    this.#due = now + PACE_MS;
    this.shown = {
      page: this.#context.page(),
      band: this.#question.chosen.band ?? "",
      grid: gridOf(frames, span, size, this.#peaks),
      breakdown: null,
      elements: this.#context.elements(),
      count: "events",
    };
    this.#context.heat.show(this.shown);
    if (this.#isPlaying && now - this.#saidAt < SAID_MS) return;
    this.#saidAt = now;
    this.#context.changed();
  }

  /** What is to be said of the film's place. */
  get #note() {
    const at = this.#at;
    const { failure } = this.#reel;
    if (failure) return this.#context.advice(failure);
    const { rows, mark } = planOf(this.#context.preferences(), false);
    if (rows || mark) return NOT_FILMED;
    if (at < this.#film.to && this.#reel.knownUntil(at) <= at) return "loading";
    return this.#context.gaps().some(([from, to]) => from <= at && at < to) ? UNKNOWN : "";
  }
}

/** @param {Question} one @param {Question} other */
function isAlike(one, other) {
  const names = new Set([...Object.keys(one.chosen), ...Object.keys(other.chosen)]);
  return (
    one.page === other.page &&
    one.from === other.from &&
    one.to === other.to &&
    [...names].every((name) => one.chosen[name] === other.chosen[name])
  );
}
