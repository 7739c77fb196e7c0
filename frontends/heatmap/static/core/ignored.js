/** What of an address may seem to tell pages apart, but does not by the settings. No I/O. */

import { namingPart } from "./naming.js";

/** Parameters of campaigns, which no site has for its pages. */
const CAMPAIGN = /^(utm_\w+|[a-z]*clid|_ga|_gl|mc_[ce]id|ref|pk_\w+|mtm_\w+)$/i;

/** Characters of a parameter's name that are shown. */
const SHOWN_CHARS = 24;

/**
 * @param {{ pathname: string, search: string, hash: string }} address
 * @param {import("./naming.js").Rules} rules
 * @returns {string} for the reader, "" if nothing seems to be missing
 */
export function ignoredPart(address, rules) {
  const key = [...new URLSearchParams(address.search)]
    .filter(([name, value]) => value && !CAMPAIGN.test(name) && !rules.query.includes(name))
    .map(([name]) => name)[0];
  const parts = [];
  if (key !== undefined) parts.push([`?${shortened(key)}=…`, "PAGE_QUERY"]);
  if (!rules.hashRoutes && hasRoute(address)) parts.push(["#/…", "HASH_ROUTES"]);
  return parts
    .map(([part, setting]) => `${part} does not tell pages apart here: see ${setting}.`)
    .join(" ");
}

/** @param {{ pathname: string, search: string, hash: string }} address */
function hasRoute({ hash }) {
  const route = namingPart({ pathname: "", search: "", hash }, { query: [], hashRoutes: true });
  return !["", "#/", "#!/"].includes(route);
}

/** @param {string} name */
function shortened(name) {
  return name.length > SHOWN_CHARS ? `${name.slice(0, SHOWN_CHARS)}…` : name;
}
