/**
 * Tells what a visitor's clicks and rests say: the file that tracker.js loads when the page is idle.
 *
 * Works by `window[Symbol.for("pageheat.tracker")]`, the tracker's hook. Fails silently.
 */

import { quietly } from "./calls.js";
import { watchRests } from "./dwell.js";
import { judgeClicks } from "./frustration.js";

const hook = /** @type {any} */ (window)[Symbol.for("pageheat.tracker")];
if (hook) for (const watch of [judgeClicks, watchRests]) quietly(watch)(hook);
