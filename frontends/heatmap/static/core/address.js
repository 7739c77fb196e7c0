/** Pages' keys, and addresses of pages, at the broadcaster and on this origin. */

import { namingPart } from "./naming.js";

/** @typedef {import("./naming.js").Rules} Rules */

/** The rules of the default settings. @type {Rules} */
export const PATHS_ALONE = { query: [], hashRoutes: false };

const PARTS = /^([^?#]*)(\?[^#]*)?(#.*)?$/s;

/**
 * The key of the page at this address: exactly one leading slash, then what can tell pages apart. Two slashes
 * mark a page of another site. The broadcaster takes any spelling of a key.
 *
 * @param {{ pathname: string, search: string, hash: string }} address such as `location`
 * @param {string} [siteName] for a site other than the default one
 * @param {Rules} [rules]
 */
export function pageKey(address, siteName, rules = PATHS_ALONE) {
  const name = `/${namingPart(address, rules).replace(/^\/+/, "")}`;
  return siteName ? `//${siteName}${name}` : name;
}

/** A page's key for display: decoded if possible. @param {string} page */
export function readable(page) {
  try {
    return decodeURI(page);
  } catch {
    return page;
  }
}

/**
 * @param {string} broadcaster origin, such as http://localhost:8002
 * @param {string} page
 * @param {string} [band] also request the tiles of this width band
 */
export function socketAddress(broadcaster, page, band) {
  return requestFor(broadcaster.replace(/^http/, "ws"), "", page, band ? { band } : {});
}

/** @param {string} broadcaster @param {string} page */
export function topAddress(broadcaster, page) {
  return requestFor(broadcaster, "/_pageheat/top", page);
}

/** @param {string} broadcaster @param {string} page @param {"moves" | "clicks"} layer */
export function pictureAddress(broadcaster, page, layer) {
  return requestFor(broadcaster, "/_pageheat/png", page, { layer });
}

/**
 * @param {string} history origin
 * @param {string} kind of question
 * @param {string} page
 * @param {Record<string, string>} parameters
 */
export function historyAddress(history, kind, page, parameters) {
  return requestFor(history, `/_pageheat/history/${kind}`, page, parameters);
}

/**
 * Where a token for others is made.
 *
 * @param {string} broadcaster origin
 * @param {string} page
 * @param {Record<string, string>} parameters
 */
export function shareAddress(broadcaster, page, parameters) {
  return requestFor(broadcaster, "/_pageheat/share", page, parameters);
}

/** @param {string} broadcaster @param {number} limit */
export function listAddress(broadcaster, limit) {
  return `${at(broadcaster, "/_pageheat/pages").href}?limit=${limit}`;
}

/**
 * The address of a listed page on `origin`. No page key can leave that origin.
 *
 * @param {string} origin
 * @param {string} page
 * @returns {string | null} null for a page of another site, `//site/path`, which has no address here
 */
export function pageAddress(origin, page) {
  if (page.startsWith("//")) return null;
  const [, path, search = "", hash = ""] = PARTS.exec(page) ?? ["", page];
  const address = at(origin, path);
  address.search = search;
  address.hash = hash;
  return address.href;
}

/**
 * The request for something of a page. A key that is more than a path goes into a parameter, as a query would
 * be mixed with ours, and a fragment is not sent.
 *
 * @param {string} origin
 * @param {string} resource
 * @param {string} page
 * @param {Record<string, string>} [parameters]
 */
function requestFor(origin, resource, page, parameters = {}) {
  const isPath = !/[?#]/.test(page);
  const address = at(origin, resource + (isPath ? page : "/"));
  const all = isPath ? parameters : { page, ...parameters };
  for (const [name, value] of Object.entries(all)) address.searchParams.set(name, value);
  return address.href;
}

/** @param {string} origin @param {string} path */
function at(origin, path) {
  // A page's own `const URL` hides the browser's.
  const address = new globalThis.URL(origin);
  // Setting `pathname` prevents any part from being parsed as host, query or fragment.
  address.pathname = address.pathname.replace(/\/$/, "") + path;
  return address;
}
