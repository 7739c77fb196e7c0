/**
 * Detects rage clicks, dead clicks and dwell. tracker.js loads this file when the page is idle.
 *
 * It reports through the tracker's hook, `window[Symbol.for("pageheat.tracker")]`, and fails silently.
 */

import { quietly } from "./calls.js";
import { watchDwell } from "./dwell.js";
import { judgeClicks } from "./frustration.js";

const hook = /** @type {any} */ (window)[Symbol.for("pageheat.tracker")];
if (hook) for (const watch of [judgeClicks, watchDwell]) quietly(watch)(hook);
