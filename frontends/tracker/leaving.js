/**
 * Leaves the people of this browser out of the heat of this site, or counts them again, and tells them.
 *
 * The answer is kept in the site's localStorage: the only thing that Pageheat stores in a visitor's browser.
 * The tracker reads it before anything else.
 */

import { quietly } from "./quietly.js";

const SHOWN_MS = 10_000; // time to read two lines twice
const NOTICE = "pageheat-notice";
// A constructed style sheet works under any Content-Security-Policy. Presses go through to the page.
const STYLE =
  ":host{all:initial;position:fixed;bottom:16px;left:16px;z-index:2147483647;max-width:320px;" +
  "padding:10px 14px;border-radius:10px;background:#1c1b22;color:#fff;" +
  "font:14px/1.4 system-ui,sans-serif;box-shadow:0 4px 20px #0006;pointer-events:none}";

/** @param {boolean} isOff @returns {boolean} whether the browser keeps it */
const keep = (isOff) => {
  try {
    if (isOff) localStorage.setItem("pageheat-off", "1");
    else localStorage.removeItem("pageheat-off");
    return true;
  } catch {
    return false;
  }
};

/** @param {string} text */
const tell = (text) => {
  document.querySelector(NOTICE)?.remove();
  const host = document.createElement(NOTICE);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  host.setAttribute("role", "status");
  document.documentElement.append(host);
  root.append(text);
  setTimeout(() => host.remove(), SHOWN_MS);
};

/** Does what the address asks for by its end, #pageheat-off or #pageheat-on. */
export const leaveOrReturn = quietly(() => {
  const { hash, host, pathname, search } = location;
  const isOff = hash === "#pageheat-off";
  history.replaceState(history.state, "", pathname + search);
  if (document.querySelector("[data-pageheat-overlay]"))
    return tell("This is the heat map, which counts nobody. Open the link on the site itself.");
  if (isOff) /** @type {any} */ (window)[Symbol.for("pageheat.tracker")]?.sender.stop();
  const isKept = keep(isOff);
  if (!isOff) tell(`From the next page on, Pageheat counts you on ${host} again.`);
  else if (isKept) tell(`Pageheat no longer counts you on ${host} in this browser.`);
  else
    tell("This browser stores nothing for this site: Pageheat leaves you out on this page only.");
});
