/**
 * Pageheat's tracker: reports to ingest where on a page a visitor's pointer moves, clicks and dwells, and what of
 * the page is in view for how long.
 *
 *     <script async src="https://ingest.example/_pageheat/page.js"></script>
 *
 * Optional attributes of the tag:
 *
 *     data-ingest="https://ingest.example"  ingest's origin, if another host serves the script
 *     data-interval="125"                   ms between two points of a movement; at least 50
 *     data-segment="checkout-b"             what to group the page's visitors by, as in an experiment
 *     data-respect-privacy="false"          also track visitors whose browser asks not to (Global
 *                                           Privacy Control, Do Not Track)
 *
 * A page that knows its segment only later says `(window.pageheat ||= []).push({ segment: "checkout-b" })`, before
 * the tracker is there or after. It holds from the next page view of which nothing has been recorded.
 *
 * This file does what each page needs from its first moment: it takes samples of the pointer and of what is in
 * view, says where they are, keeps them and sends them. When the page has loaded, or the pointer is on it,
 * behaviour.js is loaded, served as more.js in the same folder. It does the rest through
 * `window[Symbol.for("pageheat.tracker")]`: it names elements by what lasts, and detects rage clicks, dead clicks and
 * dwell. A click waits for it, but not for long, so that an element has one name. Where sockets are blocked,
 * seldom.js is loaded, and posts frames.
 *
 * Frames go to ingest's WebSocket, in the format that docs/protocol.md gives, and the last ones of a visit by
 * beacon. A bounded queue keeps unacknowledged frames and sends them again.
 *
 * A page's Content-Security-Policy must allow ingest in `script-src`, or the tag must have a nonce, which
 * the other files get too; and in `connect-src` with https: and, for sockets, with wss:. Where the policy
 * requires Trusted Types, those files need `trusted-types pageheat`.
 *
 * A link that ends with #pageheat-off leaves its browser out, one with #pageheat-on counts it again: seldom.js
 * keeps the answer in localStorage. Nothing else is stored, and no cookie is set. The session's name is random
 * and lasts as long as the document.
 * Errors stay silent: the page's scripts and error reports never see them.
 *
 * joining.py joins it with its imports into one classic script in the syntax of ES2021. It does not run
 * in older browsers.
 */

import { asksToLeave } from "./asked.js";
import { read } from "./dom.js";
import { hasOverlay } from "./page.js";
import { quietly } from "./quietly.js";
import { track } from "./tracking.js";

const SAMPLE_MS = 125; // eight points a second show a movement well
const MIN_SAMPLE_MS = 50;
const HOOK = Symbol.for("pageheat.tracker");

/** Whether this browser's people are left out. Reading it fails where storage is blocked. */
const isLeftOut = quietly(() => localStorage.getItem("pageheat-off"));

quietly(() => {
  // A module has no current script, but its address is where this line is.
  const here = /https?:.+?(?=:\d+:\d)/.exec(/** @type {string} */ (Error().stack))?.[0];
  const { dataset, nonce, src } = /** @type {HTMLScriptElement} */ (
    document.currentScript || [...document.scripts].find((it) => it.src === here)
  );
  const { ingest, interval, respectPrivacy, segment } = dataset;
  const { doNotTrack, globalPrivacyControl } = /** @type {any} */ (navigator);
  if ((doNotTrack === "1" || globalPrivacyControl) && respectPrivacy !== "false") return;
  // A path on disk says more about its owner than about a page.
  if (!/^http/.test(location.protocol) || HOOK in window) return;
  // A page's own `const URL` hides the browser's.
  const folder = new globalThis.URL(
    ingest ? ingest.replace(/\/*$/, "/_pageheat/") : ".",
    src || location.href,
  );
  /** @type {any} Trusted Types: it can be made only once */
  let policy;

  /** @param {string} name of a script beside this one */
  const load = (name) => {
    const script = document.createElement("script");
    const { trustedTypes } = /** @type {any} */ (window);
    const url = new globalThis.URL(name, src || folder).href;
    policy = policy || trustedTypes?.createPolicy("pageheat", { createScriptURL: String });
    script.src = policy ? policy.createScriptURL(url) : url;
    script.nonce = nonce;
    read(document, "head").append(script);
    return script;
  };

  const obey = quietly(() => asksToLeave() && load("seldom.js"));
  addEventListener("hashchange", obey);
  if (obey() || isLeftOut()) return;
  /** @type {HTMLScriptElement | undefined} a failed attempt, as a rule, if there is one already */
  let seldom;
  const loadPosting = () => {
    seldom?.remove();
    seldom = load("seldom.js");
  };
  const sampleMs = Math.max(MIN_SAMPLE_MS, Number(interval) || SAMPLE_MS);
  const hook = track(folder, sampleMs, segment, loadPosting);
  /** @type {any} */ (window)[HOOK] = hook;
  let isLoaded = false;
  for (const type of ["load", "pointerover"])
    hook.listen(type, () => {
      if (isLoaded || hasOverlay()) return;
      isLoaded = true;
      load("more.js");
    });
})();
