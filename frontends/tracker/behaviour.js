/**
 * Names elements, and detects rage clicks, dead clicks, dwell and clicks inside of frames: what comes later than a
 * page's first moments. tracker.js loads this file when the page has loaded, or the pointer is on it.
 *
 * It reports through the tracker's hook, `window[Symbol.for("pageheat.tracker")]`, and fails silently.
 *
 * @typedef {import("./tracking.js").Hook & ReturnType<typeof reportsTo>} Tracker
 */

import { watchDwell } from "./dwell.js";
import { watchFrames } from "./framed.js";
import { judgeClicks } from "./frustration.js";
import { nameElement } from "./names.js";
import { quietly } from "./quietly.js";

/** @param {import("./tracking.js").Hook} hook */
const reportsTo = ({ queue, record, sender }) => ({
  /** @param {import("./tracking.js").Click} click @param {"rage" | "dead"} type */
  report({ page, sample }, type) {
    queue.add(page, { ...sample, type });
    sender.sendClick();
  },
  /** @param {"click" | "dwell"} type @param {import("./tracking.js").Seen} seen */
  tell(type, seen) {
    record(type, seen);
    sender.sendSoon();
  },
});

const hook = /** @type {any} */ (window)[Symbol.for("pageheat.tracker")];
if (hook) {
  Object.assign(hook, reportsTo(hook));
  quietly(hook.nameBy)(nameElement);
  for (const watch of [judgeClicks, watchDwell, watchFrames]) quietly(watch)(hook);
}
