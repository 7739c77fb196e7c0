/**
 * Which site a page belongs to, and where it can be visited. No I/O.
 *
 * @typedef {{
 *   frontend: string, frontends: Record<string, string>, broadcaster: string, history: string, site: string,
 *   sites: Record<string, string>, policy: Record<string, string[]>, pages: import("./naming.js").Rules,
 *   tag: string,
 * }} Settings
 *   The contents of `/_pageheat/settings.js`: origins of this heat-map front end, of those of all sites
 *   by the site's name ("" for the default site), of the broadcaster, history and the default site; names of
 *   the other sites by origin; what a site's Content-Security-Policy must allow, as sources by
 *   directive; what tells pages apart; and the tracker's tag.
 */

import { pageAddress } from "./address.js";

/**
 * The name under which pages of `origin` are counted, also when shown by a heat-map front end: "" for the
 * default site, and null for a site that is not in the settings.
 *
 * @param {string} origin
 * @param {Settings} settings
 */
export function siteName(origin, { frontend, frontends, site, sites }) {
  if (Object.hasOwn(sites, origin)) return sites[origin];
  const here = samePlace(origin);
  const shown = Object.keys(frontends).find((name) => samePlace(frontends[name]) === here);
  if (shown !== undefined) return shown;
  if ([frontend, site].some((each) => samePlace(each) === here)) return "";
  const same = Object.keys(sites).find((each) => samePlace(each) === here);
  return same === undefined ? null : sites[same];
}

/**
 * The address of a listed page on its site's heat-map front end; null if the site is not in the settings.
 *
 * @param {string} page key
 * @param {Pick<Settings, "frontends">} settings
 */
export function visitAddress(page, { frontends }) {
  const name = siteOf(page);
  const path = name ? page.slice(2 + name.length) : page;
  return Object.hasOwn(frontends, name) ? pageAddress(frontends[name], path) : null;
}

/** The name of a listed page's site, "" for the default one. @param {string} page key */
export function siteOf(page) {
  return /^\/\/([^/]+)\//.exec(page)?.[1] ?? "";
}

/** This machine's names are equal: a setting and the browser may use different ones. @param {string} url */
function samePlace(url) {
  if (!URL.canParse(url)) return url;
  const { protocol, hostname, port } = new globalThis.URL(url);
  const here = ["127.0.0.1", "[::1]"].includes(hostname) ? "localhost" : hostname;
  return `${protocol}//${here}:${port}`;
}
