/**
 * The frames of a film: asks for those at its place and, ahead, for those that come next.
 *
 * They come in chunks, whose borders are the same for all films, so that a browser may know an answer already.
 *
 * @typedef {import("./frames.js").Frame} Frame
 * @typedef {{ page: string, chosen: Record<string, string>, from: number, to: number }} Question
 */

import { framesOf } from "./frames.js";

/** Chunks that are asked for beyond the film's place. */
const AHEAD = 2;

/** Chunks that are kept, those nearest to the film's place: some 1.6 MB each at most. */
const MOST_CHUNKS = 8;

/** After a failure, ms. */
const RETRY_MS = 5_000;

export class Reel {
  #question;
  #length;
  #ask;
  #changed;
  /** @type {Map<number, Frame[]>} */
  #chunks = new Map();
  /** The chunk that is asked for. */
  #asked = Number.NaN;
  #at = 0;
  #ending = new AbortController();
  #timer = 0;
  /** All frames that are kept, in order. @type {readonly Frame[]} */
  frames = [];
  /** Columns; 0 before the first frames. */
  size = 0;
  /** @type {{ trouble: import("../ask.js").Trouble, text: string } | null} */
  failure = null;

  /**
   * @param {Question} question
   * @param {number} length of a chunk, ms
   * @param {(page: string, parameters: Record<string, string>, signal: AbortSignal) => Promise<import("../ask.js").Answer>} ask
   *   for a film; rejects if the signal aborts
   * @param {() => void} changed called when there are more frames, or there is a failure
   */
  constructor(question, length, ask, changed) {
    this.#question = question;
    this.#length = length;
    this.#ask = ask;
    this.#changed = changed;
  }

  /** Up to when all is there that follows `at`. @param {number} at */
  knownUntil(at) {
    let number = this.#numberOf(at);
    if (!this.#chunks.has(number)) return at;
    while (this.#chunks.has(number)) number++;
    return Math.min(this.#question.to, number * this.#length);
  }

  /** Loads what is at a place, and what comes next. @param {number} at */
  want(at) {
    this.#at = at;
    if (!Number.isNaN(this.#asked) || this.#timer) return;
    const next = this.#missing();
    if (next !== undefined) this.#load(next);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#ending.abort();
  }

  /** @returns {number | undefined} */
  #missing() {
    const first = this.#numberOf(this.#at);
    const last = this.#numberOf(this.#question.to - 1);
    for (let number = first; number <= Math.min(last, first + AHEAD); number++) {
      if (!this.#chunks.has(number)) return number;
    }
  }

  /** @param {number} at */
  #numberOf(at) {
    return Math.floor(Math.min(at, this.#question.to - 1) / this.#length);
  }

  /** @param {number} number */
  async #load(number) {
    const { page, chosen, from, to } = this.#question;
    const { signal } = this.#ending;
    const begin = Math.max(from, number * this.#length);
    const end = Math.min(to, (number + 1) * this.#length);
    this.#asked = number;
    try {
      const span = { from: String(begin), to: String(end) };
      const { json, trouble, text } = await this.#ask(page, { ...span, ...chosen }, signal);
      if (trouble) this.#fail({ trouble, text });
      else await this.#keep(number, json, signal);
    } catch {
      if (signal.aborted) return;
      this.#fail({ trouble: "wrong", text: "" });
    }
    this.#asked = Number.NaN;
    this.#changed();
    this.want(this.#at);
  }

  /** @param {number} number @param {any} json @param {AbortSignal} signal */
  async #keep(number, json, signal) {
    const { size, frames } = await framesOf(json, () => new Promise((done) => setTimeout(done)));
    signal.throwIfAborted();
    this.failure = null;
    this.size = size;
    this.#chunks.set(number, frames);
    const here = this.#numberOf(this.#at);
    const far = [...this.#chunks.keys()].sort((a, b) => Math.abs(b - here) - Math.abs(a - here));
    for (const each of far.slice(0, Math.max(0, far.length - MOST_CHUNKS)))
      this.#chunks.delete(each);
    this.frames = inOrder(this.#chunks);
  }

  /** @param {{ trouble: import("../ask.js").Trouble, text: string }} failure */
  #fail(failure) {
    this.failure = failure;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.want(this.#at);
    }, RETRY_MS);
  }
}

/** At the border of two chunks a long frame may be in both. @param {Map<number, Frame[]>} chunks */
function inOrder(chunks) {
  const found = new Map();
  for (const number of [...chunks.keys()].sort((one, other) => one - other)) {
    for (const frame of chunks.get(number) ?? []) found.set(frame.at, frame);
  }
  return [...found.values()];
}
