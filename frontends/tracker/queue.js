/**
 * Holds frames until ingest acknowledges them, and encodes them.
 *
 * `at` is a time of performance.now(). Zero and false are left out.
 * In a sent frame, `since` is the Date.now() of the first attempt, and `via` the number of the
 * connection that carried it last.
 *
 * @typedef {import("./page.js").Page} Page
 * @typedef {"move" | "click" | "rage" | "dead" | "dwell"} Type
 * @typedef {import("./page.js").Place & {
 *   type: Type, at: number, buttons?: number, framed?: true, target?: import("./target.js").Target,
 * }} Sample
 * @typedef {{page: Page, samples: Sample[], seq: number, since?: number, via?: number}} Frame
 */

import { toJson } from "./json.js";

const MAX_FRAME_EVENTS = 256; // ingest's limit
const MAX_KEPT_CHARS = 50_000; // over a minute of movement; fits a beacon's 64 KiB although an age can be longer than its `at`
const MAX_SENT = 60; // unacknowledged: group_by remembers a session's newest 64 frames and takes older ones for duplicates
const GIVE_UP_MS = 170_000; // group_by remembers a frame for 180 s; this leaves 10 s for a slow network
const MAX_AGE_MS = 86_400_000; // ingest's limit; exceeded when a machine sleeps for long

/**
 * The unacknowledged frames, oldest first, each of one page in one size. A full queue drops the oldest
 * samples, which would leave the window first anyway.
 *
 * @typedef {ReturnType<typeof makeQueue>} Queue
 */
export const makeQueue = () => {
  /** @type {Frame[]} */
  let frames = [];
  let seq = 0;
  return {
    /** @param {Page} page the same object while the page has not changed @param {Sample} sample */
    add(page, sample) {
      let last = frames[frames.length - 1];
      if (last?.page !== page || last.since || last.samples.length === MAX_FRAME_EVENTS) {
        last = { page, samples: [], seq: seq++ };
        frames.push(last);
      }
      last.samples.push(sample);
      while (toJson(frames).length > MAX_KEPT_CHARS) {
        frames[0].samples.shift();
        if (!frames[0].samples.length) frames.shift();
      }
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

/**
 * Encodes a frame for ingest, with the age of each event in ms.
 * @param {Frame} frame
 * @param {string} session
 */
export const encode = ({ page, samples, seq }, session) =>
  toJson({
    v: 1,
    session,
    seq,
    page,
    events: samples.map(({ at, ...sample }) => ({
      ...sample,
      age: Math.min(MAX_AGE_MS, Math.max(0, Math.round(performance.now() - at))),
    })),
    // True where a program controls the browser.
    robot: navigator.webdriver || undefined,
  });
