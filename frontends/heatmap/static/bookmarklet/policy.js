/** What a Content-Security-Policy forbade us, in words for the site's owner. No I/O. */

/** @type {Record<string, { what: string, so: string }>} What a directive keeps from us, and what follows. */
const FORBIDDEN = {
  "connect-src": {
    what: "the heat",
    so: "it is the way to the broadcaster, from which the heat comes",
  },
  "style-src": { what: "the panel", so: "without its style the panel is not shown" },
  "img-src": { what: "the picture", so: "it is the picture of the heat" },
  "script-src": { what: "the heat map", so: "it is a part of the heat map" },
};

/**
 * What to say about a violation; null if it isn't ours, or was only reported and not forbidden.
 *
 * @param {Pick<SecurityPolicyViolationEvent,
 *   "effectiveDirective" | "blockedURI" | "sourceFile" | "disposition">} violation
 * @param {import("../core/site.js").Settings} settings
 * @returns {import("./notice.js").Notice | null}
 */
export function refusal(violation, { frontend, policy }) {
  const directive = violation.effectiveDirective.replace(/-(elem|attr)$/, "");
  const sources = policy[directive];
  if (!sources || violation.disposition === "report") return null;
  const { blockedURI, sourceFile } = violation;
  // Of a blob: or an inline style only the kind is told, and not always by which script it was made.
  const ours = blockedURI.includes(":")
    ? sources.some((source) => isWithin(blockedURI, source))
    : sourceFile.startsWith(`${frontend}/`) || sources.includes(`${blockedURI}:`);
  if (!ours) return null;
  const { what, so } = FORBIDDEN[directive];
  return {
    key: directive,
    title: `This site forbids ${what}`,
    text:
      `Its Content-Security-Policy blocks ${blockedURI}: ${so}. ` +
      "The site's owner can allow it by adding to the policy:",
    code: `${directive} ${sources.join(" ")}`,
  };
}

/** @param {string} address @param {string} origin */
function isWithin(address, origin) {
  return address === origin || address.startsWith(`${origin}/`);
}
