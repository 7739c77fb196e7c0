/**
 * Which of the sites a page belongs to, and where it can be visited. No I/O.
 *
 * @typedef {{
 *   frontend: string, broadcaster: string, site: string,
 *   sites: Record<string, string>, policy: Record<string, string[]>,
 * }} Settings
 *   What `/_pageheat/settings.js` says: origins of the heat-map front end, the broadcaster and the
 *   default site; names of the other sites by their origin; and what a site's
 *   Content-Security-Policy has to allow, sources by directive.
 */

import { pageAddress } from "./address.js";

/**
 * The name under which the pages of `origin` are counted: "" for the default site, which the heat-map
 * front end shows as well, and null for a site that the settings don't know.
 *
 * @param {string} origin
 * @param {Settings} settings
 */
export function siteName(origin, { frontend, site, sites }) {
  if (Object.hasOwn(sites, origin)) return sites[origin];
  const own = [frontend, site].map(samePlace);
  return own.includes(samePlace(origin)) ? "" : null;
}

/**
 * Where a listed page can be seen: one of the default site on the heat-map front end, with its heat;
 * another at its own site; null if the settings don't know that.
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

/** This machine has several names; people use one in a setting and another in the browser. @param {string} url */
function samePlace(url) {
  if (!URL.canParse(url)) return url;
  const { protocol, hostname, port } = new URL(url);
  const here = ["127.0.0.1", "[::1]"].includes(hostname) ? "localhost" : hostname;
  return `${protocol}//${here}:${port}`;
}
