/** Addresses of pages, at the broadcaster and on this origin. */

/**
 * The key of the page with this `location.pathname`: exactly one leading slash, as in the services.
 * Two slashes mark a page of another site.
 *
 * @param {string} pathname
 * @param {string} [siteName] for a site other than the default one
 */
export function pageKey(pathname, siteName) {
  const path = `/${pathname.replace(/^\/+/, "")}`;
  return siteName ? `//${siteName}${path}` : path;
}

/**
 * @param {string} broadcaster origin, such as http://localhost:8002
 * @param {string} page
 * @param {string} [band] also request the tiles of this width band
 */
export function socketAddress(broadcaster, page, band) {
  const address = at(broadcaster.replace(/^http/, "ws"), page);
  return band ? `${address}?band=${encodeURIComponent(band)}` : address;
}

/** @param {string} broadcaster @param {string} page */
export function gridAddress(broadcaster, page) {
  return at(broadcaster, `/_pageheat/grid/${page.slice(1)}`);
}

/** @param {string} broadcaster @param {string} page @param {"moves" | "clicks"} layer */
export function pictureAddress(broadcaster, page, layer) {
  return `${at(broadcaster, `/_pageheat/png/${page.slice(1)}`)}?layer=${layer}`;
}

/** @param {string} broadcaster @param {number} limit */
export function listAddress(broadcaster, limit) {
  return `${at(broadcaster, "/_pageheat/pages")}?limit=${limit}`;
}

/**
 * The address of a listed page on `origin`. No page key can leave that origin.
 *
 * @param {string} origin
 * @param {string} page
 * @returns {string | null} null for a page of another site, `//site/path`, which has no address here
 */
export function pageAddress(origin, page) {
  return page.startsWith("//") ? null : at(origin, page);
}

/** @param {string} origin @param {string} path */
function at(origin, path) {
  const address = new URL(origin);
  // Setting `pathname` prevents any part from being parsed as host, query or fragment.
  address.pathname = address.pathname.replace(/\/$/, "") + path;
  return address.href;
}
