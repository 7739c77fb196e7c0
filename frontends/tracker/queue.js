/**
 * Holds frames until ingest acknowledges them, and encodes them.
 *
 * `at` is a time of performance.now(). Zero and false are left out.
 * In a sent frame, `since` is the Date.now() of the first attempt, and `via` the number of the
 * connection that carried it last; `text` tells its length. The first frame of a page view has its `attributes`.
 *
 * @typedef {import("./page.js").Sizes & {path: string, view: import("./views.js").View}} Page
 * @typedef {"move" | "click" | "rage" | "dead" | "dwell"} Type
 * @typedef {import("./page.js").Place & {
 *   type: Type, at: number, buttons?: number, framed?: true, target?: import("./target.js").Target,
 * }} Sample
 * @typedef {{type: "look", at: number, top: number, height: number, duration: number}} Look see looks.js
 * @typedef {{
 *   page: Page, samples: (Sample | Look)[], seq: number, attributes?: import("./views.js").View["attributes"],
 *   text?: string, since?: number, via?: number,
 * }} Frame
 */

import { base64 } from "./base64.js";
import { toJson } from "./json.js";

const MAX_FRAME_CHARS = 4_000; // some 240 moves or 190 looks: ingest takes 256 of each
const MAX_KEPT_CHARS = 50_000; // minutes of movement; fits a beacon's 64 KiB although ages grow, and without sessions
const MAX_SENT = 60; // unacknowledged: group_by remembers a session's newest 64 frames and takes older ones for duplicates
const GIVE_UP_MS = 170_000; // group_by remembers a frame for 180 s; this leaves 10 s for a slow network
const MAX_AGE_MS = 86_400_000; // ingest's limit; exceeded when a machine sleeps for long

/** Moves and looks: there are many, and each says little. @param {{type: string}} sample */
const isLight = ({ type }) => /move|look/.test(type);

/**
 * The unacknowledged frames, oldest first, each of one page in one size. A full queue drops the oldest of moves and
 * looks alone; if there is none, the oldest, which would leave the window first anyway.
 *
 * @typedef {ReturnType<typeof makeQueue>} Queue
 */
export const makeQueue = () => {
  /** @type {Frame[]} */
  let frames = [];
  let seq = 0;

  const dropOldest = () => {
    const light = frames.findIndex(({ samples }) => samples.every(isLight));
    frames.splice(Math.max(0, light), 1);
  };

  return {
    /**
     * Returns whether it is the first one of a page view.
     * @param {Page} page the same object while the page has not changed
     * @param {Sample | Look} sample
     */
    add(page, sample) {
      const { view } = page;
      let last = frames[frames.length - 1];
      if (
        last?.page !== page ||
        last.since ||
        /** @type {string} */ (last.text).length > MAX_FRAME_CHARS
      ) {
        last = { page, samples: [], seq: seq++, attributes: view.attributes };
        view.attributes = undefined;
        frames.push(last);
      }
      last.samples.push(sample);
      last.text = encode(last);
      while (frames.map(({ text }) => text).join().length > MAX_KEPT_CHARS) dropOldest();
      return last.attributes && !last.samples[1];
    },
    isEmpty: () => !frames.length,
    /**
     * Takes the frames to send by `via` now: those that went another way last. Drops a frame whose first
     * attempt is so long ago that group_by could count it twice. This uses the wall clock, as
     * performance.now() may stop while a machine sleeps; a frame from a later time is dropped, too.
     * @param {number} via @param {number} [most]
     */
    take(via, most) {
      const now = Date.now();
      frames = frames.filter(({ since = now }) => Math.abs(now - since) < GIVE_UP_MS);
      const due = frames
        .filter((it) => it.via !== via && it.seq < frames[0].seq + MAX_SENT)
        .slice(0, most);
      for (const frame of due) {
        frame.via = via;
        frame.since ??= now;
      }
      return due;
    },
    /** Has a frame that failed sent again. @param {number} seq */
    putBack(seq) {
      for (const frame of frames) if (frame.seq === seq) frame.via = undefined;
    },
    /** Removes frames that need no further attempt. @param {number[]} seqs */
    drop(seqs) {
      frames = frames.filter(({ seq }) => !seqs.includes(seq));
    },
    clear() {
      frames = [];
    },
  };
};

/** @param {number[]} numbers */
const pack = (numbers) => base64(new Int32Array(numbers).buffer) || undefined;

/**
 * Encodes a frame for ingest, with the age of each event in ms. Moves and looks are packed: 32-bit integers, lowest
 * byte first, as all browsers have them.
 * @param {Frame} frame
 * @param {string} [session]
 */
export const encode = ({ page: { view, ...page }, samples, seq, attributes }, session) => {
  /** @type {number[][]} */
  const [moves, fixed, looks] = [[], [], []];
  const events = [];
  for (const { at, ...it } of samples) {
    const age = Math.min(MAX_AGE_MS, Math.max(0, Math.round(performance.now() - at)));
    if (it.type === "look") looks.push(it.top, it.height, it.duration, age);
    else if (it.type === "move") (it.fixed ? fixed : moves).push(it.x, it.y, age);
    else events.push({ ...it, age });
  }
  return toJson({
    v: 2,
    session,
    seq,
    page,
    view: view.number || undefined,
    attributes,
    moves: pack(moves),
    fixed_moves: pack(fixed),
    events: events.length ? events : undefined,
    looks: pack(looks),
    // True where a program controls the browser.
    robot: navigator.webdriver || undefined,
  });
};
