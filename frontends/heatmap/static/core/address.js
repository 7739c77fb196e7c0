/** Addresses: of a page at the broadcaster, and of a page on this origin. */

/**
 * The key of the page with this `location.pathname`: exactly one leading slash, as the services
 * count it. Two name another site's page.
 *
 * @param {string} pathname
 * @param {string} [siteName] of another site than the default one
 */
export function pageKey(pathname, siteName) {
  const path = `/${pathname.replace(/^\/+/, "")}`;
  return siteName ? `//${siteName}${path}` : path;
}

/**
 * @param {string} broadcaster origin, such as http://localhost:8002
 * @param {string} page
 * @param {string} [band] the width band whose tiles are wanted, too
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
 * The address of a listed page on `origin`. Whatever the page's key is, it stays on that origin.
 *
 * @param {string} origin
 * @param {string} page
 * @returns {string | null} null for a page of another site, `//site/path`, which isn't shown here
 */
export function pageAddress(origin, page) {
  return page.startsWith("//") ? null : at(origin, page);
}

/** @param {string} origin @param {string} path */
function at(origin, path) {
  const address = new URL(origin);
  // Set as a pathname, nothing in it is read as host, query or fragment.
  address.pathname = address.pathname.replace(/\/$/, "") + path;
  return address.href;
}
