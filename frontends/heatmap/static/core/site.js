/**
 * Which site a page belongs to, and where it can be visited. No I/O.
 *
 * @typedef {{
 *   frontend: string, broadcaster: string, site: string,
 *   sites: Record<string, string>, policy: Record<string, string[]>, pages: import("./naming.js").Rules,
 * }} Settings
 *   The contents of `/_pageheat/settings.js`: origins of the heat-map front end, the broadcaster and the
 *   default site; names of the other sites by origin; what a site's Content-Security-Policy must allow,
 *   as sources by directive; and what tells pages apart.
 */

import { pageAddress } from "./address.js";

/**
 * The name under which pages of `origin` are counted: "" for the default site, also when shown by the
 * heat-map front end, and null for a site that is not in the settings.
 *
 * @param {string} origin
 * @param {Settings} settings
 */
export function siteName(origin, { frontend, site, sites }) {
  if (Object.hasOwn(sites, origin)) return sites[origin];
  const here = samePlace(origin);
  if ([frontend, site].some((each) => samePlace(each) === here)) return "";
  const same = Object.keys(sites).find((each) => samePlace(each) === here);
  return same === undefined ? null : sites[same];
}

/**
 * The address of a listed page: on the heat-map front end, with its heat, for the default site; on its own
 * site otherwise; null if that is not in the settings.
 *
 * @param {string} page key
 * @param {Pick<Settings, "frontend" | "sites">} settings
 */
export function visitAddress(page, { frontend, sites }) {
  const [, name, path] = /^\/\/([^/]+)(\/.*)$/s.exec(page) ?? [];
  if (name === undefined) return pageAddress(frontend, page);
  const origin = Object.keys(sites).find((each) => sites[each] === name);
  return origin === undefined ? null : pageAddress(origin, path);
}

/** This machine's names are equal: a setting and the browser may use different ones. @param {string} url */
function samePlace(url) {
  if (!URL.canParse(url)) return url;
  const { protocol, hostname, port } = new URL(url);
  const here = ["127.0.0.1", "[::1]"].includes(hostname) ? "localhost" : hostname;
  return `${protocol}//${here}:${port}`;
}
