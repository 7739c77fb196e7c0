/**
 * Frames that wait to be sent, and their form on the way.
 *
 * A point is in page coordinates (px), `at` on the clock of performance.now(); what is zero or false
 * is left out.
 *
 * @typedef {import("./page.js").Page} Page
 * @typedef {{x: number, y: number, at: number, buttons?: number}} Point
 * @typedef {"move" | "click" | "rage" | "dead" | "rest"} Type
 * @typedef {Point & {type: Type, fixed?: boolean, target?: import("./target.js").Target}} Sample
 * @typedef {{page: Page, samples: Sample[], seq: number}} Frame
 */

const MAX_FRAME_EVENTS = 256; // what ingest takes
const MAX_WAITING_CHARS = 50_000; // over a minute of movement; a beacon takes 64 KiB, where a long age is longer than `at`
const MAX_AGE_MS = 86_400_000; // what ingest takes; reached when a machine sleeps over night

/**
 * Frames to be sent, oldest first, each of one page in one size. When it is full, it lets go of
 * the oldest samples, which would be the first to leave the window too.
 *
 * @typedef {ReturnType<typeof makeQueue>} Queue
 */
export const makeQueue = () => {
  /** @type {Frame[]} */
  const frames = [];
  let seq = 0;
  const bound = () => {
    while (JSON.stringify(frames).length > MAX_WAITING_CHARS) {
      frames[0].samples.shift();
      if (!frames[0].samples.length) frames.shift();
    }
  };
  return {
    /** @param {Page} page the same object while nothing of it changes @param {Sample} sample */
    add(page, sample) {
      let last = frames[frames.length - 1];
      if (last?.page !== page || last.samples.length === MAX_FRAME_EVENTS) {
        last = { page, samples: [], seq: seq++ };
        frames.push(last);
      }
      last.samples.push(sample);
      bound();
    },
    /** @param {Frame} frame that was taken, and did not get through */
    putBack(frame) {
      frames.unshift(frame);
      bound();
    },
    isEmpty: () => !frames.length,
    take: () => frames.shift(),
    takeAll: () => frames.splice(0),
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
