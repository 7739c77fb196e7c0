/**
 * The part of an address that can tell pages apart. Nothing else of it leaves the browser.
 *
 * Tracker and overlay share this file. services/contract/pages.py makes the page's name from what it returns.
 *
 * @typedef {{query: string[], hashRoutes: boolean}} Rules the settings PAGE_QUERY and HASH_ROUTES
 */

/** A route: no `&` or `=` in its path, as in the hashes that logins leave. Then its query, and an anchor. */
const ROUTE = /^(#!?\/[^?#&=]*)(\?[^#]*)?(#|$)/;

/**
 * The address within its site, with those parameters of its query alone that tell pages apart, and with the
 * fragment if that is a route. Parts stay as they are written.
 * @param {{pathname: string, search: string, hash: string}} address
 * @param {Rules} rules
 */
export const namingPart = ({ pathname, search, hash }, { query, hashRoutes }) => {
  const kept = (text = "") => {
    if (!query.length) return "";
    const parameters = text
      .slice(1)
      .split("&")
      .filter((it) => [...new URLSearchParams(`&${it}`).keys()].some((key) => query.includes(key)));
    return parameters.length ? `?${parameters.join("&")}` : "";
  };
  const [, route = "", ofRoute] = (hashRoutes && ROUTE.exec(hash)) || [];
  return pathname + kept(search) + route + kept(ofRoute);
};
