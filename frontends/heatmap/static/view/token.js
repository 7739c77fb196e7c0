/**
 * The access token for private grids: stored only in this tab's session storage.
 *
 * It comes from the form, or from the page's address as the fragment `#pageheat-token=…`, which browsers never
 * send and which is removed at once.
 */

import { dispatch } from "./dispatch.js";

const KEY = "pageheat-token";

const FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const HANDED = /^#pageheat-token=(.*)$/s;

/** Dispatches `change` when the token changes. */
export const tokenChanges = new EventTarget();

/** If storage is forbidden, the token applies to this page only. */
let known = "";

/** @returns {string} "" if there is none */
export function token() {
  try {
    return sessionStorage.getItem(KEY) ?? known;
  } catch {
    return known;
  }
}

/** Stores a token; returns whether the text has a token's form. @param {string} text */
export function giveToken(text) {
  const given = text.trim();
  if (!FORM.test(given)) return false;
  keep(given);
  dispatch(tokenChanges, "change");
  return true;
}

export function forgetToken() {
  keep("");
}

/**
 * Takes the token from the page's address, now and whenever one appears there.
 *
 * @param {AbortSignal} [signal] stops it
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

/** The headers that send it. @returns {Record<string, string>} */
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
    // Storage is forbidden or full.
  }
}
