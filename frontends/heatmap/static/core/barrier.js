/**
 * What keeps a page from the broadcaster, whether that runs or not. No I/O.
 *
 * @typedef {"policy" | "insecure"} Barrier
 *   The page's Content-Security-Policy; or a broadcaster at `http:` while the page is at `https:`.
 */

/** Hosts that browsers reach from `https:` pages by `http:` too: they are this machine. */
const HERE = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Whether browsers let a page of `protocol` connect to the broadcaster.
 *
 * @param {string} protocol of the page, as in `location`
 * @param {string} broadcaster origin
 * @returns {Barrier | null}
 */
export function barrierOf(protocol, broadcaster) {
  const { protocol: other, hostname } = new URL(broadcaster);
  return protocol === "https:" && other === "http:" && !HERE.test(hostname) ? "insecure" : null;
}

/**
 * Whether a violation of the page's policy was a connection to the broadcaster that it forbade.
 *
 * @param {Pick<SecurityPolicyViolationEvent, "effectiveDirective" | "blockedURI" | "disposition">} violation
 * @param {string} broadcaster origin
 */
export function forbids({ effectiveDirective, blockedURI, disposition }, broadcaster) {
  if (effectiveDirective !== "connect-src" || disposition === "report") return false;
  // Of a socket's address some browsers tell the scheme as it is written, some as http.
  return `${blockedURI}/`.replace(/^ws/, "http").startsWith(`${new URL(broadcaster).origin}/`);
}
