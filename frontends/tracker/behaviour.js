/**
 * Detects rage clicks, dead clicks, dwell and clicks inside of frames, and names elements. tracker.js
 * loads this file when the pointer is first on the page.
 *
 * It reports through the tracker's hook, `window[Symbol.for("pageheat.tracker")]`, and fails silently.
 */

import { quietly } from "./calls.js";
import { watchDwell } from "./dwell.js";
import { watchFrames } from "./framed.js";
import { judgeClicks } from "./frustration.js";
import { nameElement } from "./names.js";

const hook = /** @type {any} */ (window)[Symbol.for("pageheat.tracker")];
if (hook) {
  hook.naming = nameElement;
  for (const watch of [judgeClicks, watchDwell, watchFrames]) quietly(watch)(hook);
}
