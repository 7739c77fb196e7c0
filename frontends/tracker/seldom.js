/**
 * What few visits need: posting frames where sockets are blocked, and leaving a browser out. tracker.js loads this
 * file when a socket has failed that brought nothing, or when the address asks to be left out.
 */

import { asksToLeave } from "./asked.js";
import { leaveOrReturn } from "./leaving.js";
import { makePoster } from "./posting.js";
import { quietly } from "./quietly.js";

if (asksToLeave()) leaveOrReturn();
else
  quietly(() =>
    /** @type {any} */ (window)[Symbol.for("pageheat.tracker")].sender.postBy(makePoster),
  )();
