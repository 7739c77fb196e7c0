/**
 * Pageheat's tracker: tells ingest where on a page its visitor's pointer moves, clicks and rests.
 *
 *     <script async src="https://ingest.example/_pageheat/tracker.js"></script>
 *
 * Attributes of the tag, all optional:
 *
 *     data-ingest="https://ingest.example"  where ingest is, if the script comes from elsewhere
 *     data-interval="125"                   ms between two points of a movement, at least 50
 *     data-respect-privacy="false"          also track visitors whose browser asks not to (Global
 *                                           Privacy Control, Do Not Track)
 *
 * When the page is idle it loads behaviour.js from where it came from itself: that tells rage clicks,
 * dead clicks and rests, reported through `window[Symbol.for("pageheat.tracker")]`.
 *
 * Frames go to ingest's WebSocket, in the form that docs/protocol.md gives. Where sockets don't get
 * through, they are posted to ingest's beacon, as is what is left at the end of a visit. What ingest
 * has not acknowledged is kept, within bounds, and sent again.
 *
 * A page with a Content-Security-Policy allows ingest in `script-src`, or gives the tag a nonce,
 * which is handed on; and in `connect-src` with https: and, for sockets, with wss:. Where it requires
 * Trusted Types, the second file needs `trusted-types pageheat`.
 *
 * The session's name is random and lives as long as the document; no cookie is set, nothing stored.
 * What fails fails silently: the page's scripts and error reports never hear of us.
 *
 * Served with the modules that it imports as one classic script (see joining.py) in the syntax of
 * ES2021: in an older browser it does not run, and no more.
 */

import { quietly } from "./calls.js";
import { hasOverlay } from "./page.js";
import { track } from "./tracking.js";

const SAMPLE_MS = 125; // eight points a second draw a movement well
const MIN_SAMPLE_MS = 50;
const IDLE_MS = 3_000; // after the page has loaded, where a browser doesn't say when it is idle
const HOOK = Symbol.for("pageheat.tracker");

/** Once the page is idle, and unless it is under an overlay. @param {string} url @param {string} nonce */
const loadLater = (url, nonce) => {
  const load = quietly(() => {
    if (hasOverlay()) return;
    const script = document.createElement("script");
    const { trustedTypes } = /** @type {any} */ (window);
    const policy = trustedTypes?.createPolicy("pageheat", { createScriptURL: String });
    script.src = policy ? policy.createScriptURL(url) : url;
    script.nonce = nonce;
    document.head.append(script);
  });
  const idle = quietly(() =>
    "requestIdleCallback" in window ? requestIdleCallback(load) : setTimeout(load, IDLE_MS),
  );
  if (document.readyState === "complete") idle();
  else addEventListener("load", idle);
};

quietly(() => {
  const script = /** @type {HTMLScriptElement} */ (
    document.currentScript || document.querySelector('script[src*="/_pageheat/tracker.js"]')
  );
  const { dataset, nonce, src } = script;
  const { ingest, interval, respectPrivacy } = dataset;
  const { doNotTrack, globalPrivacyControl } = /** @type {any} */ (navigator);
  if ((doNotTrack === "1" || globalPrivacyControl) && respectPrivacy !== "false") return;
  // A file's path tells more about its owner than about a page.
  if (!/^https?:$/.test(location.protocol)) return;
  const base = new URL(ingest ? ingest.replace(/\/*$/, "/") : "..", src || location.href);
  if (HOOK in window) return;
  /** @type {any} */ (window)[HOOK] = track(
    base,
    Math.max(MIN_SAMPLE_MS, Number(interval) || SAMPLE_MS),
  );
  loadLater(new URL("behaviour.js", src || new URL("_pageheat/", base)).href, nonce);
})();
