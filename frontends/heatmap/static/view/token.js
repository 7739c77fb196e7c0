/**
 * The access token, where grids are private: kept in this tab's session storage, and nowhere else.
 *
 * It comes from the form that asks for it, or behind the page's address as `#pageheat-token=…`, which browsers
 * send to nobody; from there it is taken away at once.
 */

const KEY = "pageheat-token";

const FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const HANDED = /^#pageheat-token=(.*)$/s;

/** Tells of a `change` of the token. */
export const tokenChanges = new EventTarget();

/** Where storage is forbidden the token holds for this page only. */
let known = "";

/** @returns {string} "" when there is none */
export function token() {
  try {
    return sessionStorage.getItem(KEY) ?? known;
  } catch {
    return known;
  }
}

/** Takes a token; says whether the text is one by its form. @param {string} text */
export function giveToken(text) {
  const given = text.trim();
  if (!FORM.test(given)) return false;
  keep(given);
  tokenChanges.dispatchEvent(new Event("change"));
  return true;
}

export function forgetToken() {
  keep("");
}

/**
 * Takes the token behind the page's address, and one that comes there later.
 *
 * @param {AbortSignal} [signal] until when
 */
export function takeHandedToken(signal) {
  const take = () => {
    const handed = HANDED.exec(location.hash);
    if (!handed) return;
    history.replaceState(history.state, "", location.pathname + location.search);
    giveToken(handed[1]);
  };
  take();
  addEventListener("hashchange", take, { signal });
}

/** The headers that say it. @returns {Record<string, string>} */
export function authorization() {
  const own = token();
  return own ? { Authorization: `Bearer ${own}` } : {};
}

/** @param {string} value */
function keep(value) {
  known = value;
  try {
    if (value) sessionStorage.setItem(KEY, value);
    else sessionStorage.removeItem(KEY);
  } catch {
    // Forbidden or full.
  }
}
