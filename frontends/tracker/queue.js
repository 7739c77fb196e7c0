/**
 * Frames until ingest acknowledges them, and their form on the way.
 *
 * A point is in page coordinates (px), `at` on the clock of performance.now(); what is zero or false
 * is left out. A frame that has been sent has `since`, when it was for the first time (on the clock
 * of Date.now()), and `via`, the number of the way that it went last.
 *
 * @typedef {import("./page.js").Page} Page
 * @typedef {{x: number, y: number, at: number, buttons?: number}} Point
 * @typedef {"move" | "click" | "rage" | "dead" | "rest"} Type
 * @typedef {Point & {type: Type, fixed?: boolean, target?: import("./target.js").Target}} Sample
 * @typedef {{page: Page, samples: Sample[], seq: number, since?: number, via?: number}} Frame
 */

const MAX_FRAME_EVENTS = 256; // what ingest takes
const MAX_KEPT_CHARS = 50_000; // over a minute of movement; a beacon takes 64 KiB, where a long age is longer than `at`
const MAX_SENT = 60; // and not acknowledged: group_by tells a session's newest 64 apart, and takes what is older for sent again
const GIVE_UP_MS = 170_000; // group_by remembers a frame for 180 s, of which a slow network may take some
const MAX_AGE_MS = 86_400_000; // what ingest takes; reached when a machine sleeps over night

/**
 * Frames that are not acknowledged, oldest first, each of one page in one size. When it is full, it
 * lets go of the oldest samples, which would be the first to leave the window too.
 *
 * @typedef {ReturnType<typeof makeQueue>} Queue
 */
export const makeQueue = () => {
  /** @type {Frame[]} */
  let frames = [];
  let seq = 0;
  return {
    /** @param {Page} page the same object while nothing of it changes @param {Sample} sample */
    add(page, sample) {
      let last = frames[frames.length - 1];
      if (last?.page !== page || last.since || last.samples.length === MAX_FRAME_EVENTS) {
        last = { page, samples: [], seq: seq++ };
        frames.push(last);
      }
      last.samples.push(sample);
      while (JSON.stringify(frames).length > MAX_KEPT_CHARS) {
        frames[0].samples.shift();
        if (!frames[0].samples.length) frames.shift();
      }
    },
    isEmpty: () => !frames.length,
    /**
     * The frames that have to go this way now: those that did not go this way last. Afterwards they
     * did. Given up is what was first sent so long ago that it would be counted again; by the wall
     * clock, as the other one may stand while a machine sleeps, or when that was set back.
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
    /** This frame did not get through. @param {number} seq */
    putBack(seq) {
      for (const frame of frames) if (frame.seq === seq) frame.via = undefined;
    },
    /** These frames need not be sent again. @param {number[]} seqs */
    drop(seqs) {
      frames = frames.filter(({ seq }) => !seqs.includes(seq));
    },
    clear() {
      frames = [];
    },
  };
};

/**
 * A frame as ingest reads it, which is told how long ago (ms) each event was.
 * @param {Frame} frame
 * @param {string} session
 */
export const encode = ({ page, samples, seq }, session) =>
  JSON.stringify({
    v: 1,
    session,
    seq,
    page,
    events: samples.map(({ at, ...sample }) => ({
      ...sample,
      age: Math.min(MAX_AGE_MS, Math.max(0, Math.round(performance.now() - at))),
    })),
    // Of a browser that a program steers.
    robot: navigator.webdriver || undefined,
  });
