/**
 * Pageheat's tracker: reports to ingest where on a page a visitor's pointer moves, clicks and dwells.
 *
 *     <script async src="https://ingest.example/_pageheat/page.js"></script>
 *
 * Optional attributes of the tag:
 *
 *     data-ingest="https://ingest.example"  ingest's origin, if another host serves the script
 *     data-interval="125"                   ms between two points of a movement; at least 50
 *     data-respect-privacy="false"          also track visitors whose browser asks not to (Global
 *                                           Privacy Control, Do Not Track)
 *
 * This file does what each page needs from its first moment: it takes samples of the pointer, says where they
 * are, keeps them and sends them. When the page has loaded, or the pointer is on it, behaviour.js is loaded, served
 * as more.js in the same folder. It does the rest through `window[Symbol.for("pageheat.tracker")]`: it names
 * elements by what lasts, detects rage clicks, dead clicks and dwell, and posts frames where sockets are blocked.
 * A click waits for it, but not for long, so that an element has one name.
 *
 * Frames go to ingest's WebSocket, in the format that docs/protocol.md gives, and the last ones of a visit by
 * beacon. A bounded queue keeps unacknowledged frames and sends them again.
 *
 * A page's Content-Security-Policy must allow ingest in `script-src`, or the tag must have a nonce, which
 * behaviour.js gets too; and in `connect-src` with https: and, for sockets, with wss:. Where the policy
 * requires Trusted Types, behaviour.js needs `trusted-types pageheat`.
 *
 * A link that ends with #pageheat-off leaves its browser out, one with #pageheat-on counts it again: leaving.js
 * keeps the answer in localStorage. Nothing else is stored, and no cookie is set. The session's name is random
 * and lasts as long as the document.
 * Errors stay silent: the page's scripts and error reports never see them.
 *
 * joining.py joins it with its imports into one classic script in the syntax of ES2021. It does not run
 * in older browsers.
 */

import { quietly } from "./calls.js";
import { read } from "./dom.js";
import { hasOverlay } from "./page.js";
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
  const { ingest, interval, respectPrivacy } = dataset;
  const { doNotTrack, globalPrivacyControl } = /** @type {any} */ (navigator);
  if ((doNotTrack === "1" || globalPrivacyControl) && respectPrivacy !== "false") return;
  // A path on disk says more about its owner than about a page.
  if (!/^https?:$/.test(location.protocol)) return;
  if (HOOK in window) return;
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
  };

  const obey = quietly(() => {
    if (!/^#pageheat-o(n|ff)$/.test(location.hash)) return false;
    load("leaving.js");
    return true;
  });
  addEventListener("hashchange", obey);
  if (obey() || isLeftOut()) return;
  const hook = track(folder, Math.max(MIN_SAMPLE_MS, Number(interval) || SAMPLE_MS));
  /** @type {any} */ (window)[HOOK] = hook;
  let isAsked = false;
  for (const type of ["load", "pointerover"])
    hook.listen(type, () => {
      if (isAsked || hasOverlay()) return;
      isAsked = true;
      load("more.js");
    });
})();
