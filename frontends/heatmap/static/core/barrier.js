/**
 * What blocks a page's connection to the broadcaster, even if it is running. No I/O.
 *
 * @typedef {"policy" | "insecure"} Barrier
 *   The page's Content-Security-Policy, or a broadcaster at `http:` with a page at `https:`.
 */

/** Hosts that `https:` pages may reach over `http:`: they are this machine. */
const HERE = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * What blocks a page of `protocol` from the broadcaster, or null.
 *
 * @param {string} protocol of the page, as in `location`
 * @param {string} broadcaster origin
 * @returns {Barrier | null}
 */
export function barrierOf(protocol, broadcaster) {
  const { protocol: other, hostname } = new globalThis.URL(broadcaster);
  return protocol === "https:" && other === "http:" && !HERE.test(hostname) ? "insecure" : null;
}

/**
 * Whether a policy violation is a blocked connection to the broadcaster.
 *
 * @param {Pick<SecurityPolicyViolationEvent, "effectiveDirective" | "blockedURI" | "disposition">} violation
 * @param {string} broadcaster origin
 */
export function forbids({ effectiveDirective, blockedURI, disposition }, broadcaster) {
  if (effectiveDirective !== "connect-src" || disposition === "report") return false;
  // For a WebSocket, some browsers report the scheme as written, some as http.
  return `${blockedURI}/`
    .replace(/^ws/, "http")
    .startsWith(`${new globalThis.URL(broadcaster).origin}/`);
}
