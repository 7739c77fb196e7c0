/** Requests to the broadcaster and the history. */

import { authorization } from "./token.js";

/**
 * Origins that are asked with cookies: a proxy in front of them may know by those who is signed on. Without such
 * a proxy they do not permit cookies, so it is tried without first.
 */
const withCookies = new Set();

/**
 * As `fetch`, with the access token if there is one. A question whose answer cannot be read is asked again with
 * cookies, or without; what changes something is not sent twice.
 *
 * @param {string} address
 * @param {RequestInit} [options]
 */
export async function request(address, options = {}) {
  const { origin } = new globalThis.URL(address);
  const wasWith = withCookies.has(origin);
  try {
    return await send(address, options, wasWith);
  } catch (error) {
    const isUnreadable = error instanceof Error && error.name === "TypeError";
    if (!isUnreadable || options.method) throw error;
  }
  const answer = await send(address, options, !wasWith);
  if (wasWith) withCookies.delete(origin);
  else withCookies.add(origin);
  return answer;
}

/** @param {string} address @param {RequestInit} options @param {boolean} cookies */
function send(address, options, cookies) {
  const credentials = cookies ? "include" : "same-origin";
  return fetch(address, { ...options, headers: authorization(), credentials });
}
