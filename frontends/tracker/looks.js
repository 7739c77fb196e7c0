/**
 * Tells what was in view, and for how long: *looks*. A look is a position of what scrolls, held still.
 *
 * The first look at a position is told when it has been held for 250 ms, then one every 5 s, and the rest when it
 * ends. So their durations add up to the time for which it was held; a position that is only passed has none.
 * Looks end when something scrolls, the window's size or the route changes, the page is hidden, or its visitor has
 * done nothing for 30 s. Then no timer runs until the visitor acts again.
 *
 * @typedef {{page: import("./queue.js").Page, top: number, height: number}} Shown `top` px of the content are
 *   above what is in view, which is `height` px high
 */

import { quietly } from "./quietly.js";

const HELD_MS = 250; // a position that is left sooner was not looked at
const LOOK_MS = 5_000; // a page that ends without a word loses no more than this
const ACTIVE_MS = 30_000; // who does nothing for longer may have gone

/**
 * @param {() => Shown} show measures what is in view now
 * @param {(shown: Shown, duration: number, at: number) => void} tell a look of `duration` ms that ended `at`
 */
export const makeLooks = (show, tell) => {
  /** @type {Shown | undefined} what is held, once it has been looked at */
  let shown;
  let since = 0; // until then all is told
  let activeUntil = 0;
  let timer = 0;

  const due = () => since + (shown ? LOOK_MS : HELD_MS);

  const tellSoFar = () => {
    const at = Math.round(Math.min(performance.now(), activeUntil));
    if (shown && at > since) tell(shown, at - since, at);
    since = at;
  };

  const end = () => {
    clearTimeout(timer);
    timer = 0;
    tellSoFar();
    shown = undefined;
  };

  const turn = quietly(() => {
    timer = 0;
    const now = performance.now();
    if (now >= activeUntil) return end();
    if (now >= due()) {
      const next = show();
      const { top, height } = shown || next;
      if (top === next.top && height === next.height) {
        shown = next;
        tellSoFar();
      } else end(); // it has moved without an event that is heard
    }
    timer = setTimeout(turn, Math.min(due(), activeUntil) - now);
  });

  return {
    end,
    /** The visitor acts. @param {boolean} moves whether something else may be in view from now on */
    act(moves) {
      const now = performance.now();
      if (moves || now >= activeUntil) end();
      activeUntil = now + ACTIVE_MS;
      if (timer || document.visibilityState === "hidden") return;
      since = Math.round(now);
      turn();
    },
  };
};
