/** What a Content-Security-Policy forbade us, in words for the site's owner. No I/O. */

/** @type {Record<string, string>} */
const CONSEQUENCE = {
  "connect-src": "there is no way to the broadcaster, and so no heat",
  "style-src": "the panel has no style, and is not shown",
  "img-src": "the picture of the heat is not shown",
  "script-src": "a part of the heat map is missing",
};

/**
 * What to say about a violation; null if it isn't ours, or was only reported and not forbidden.
 *
 * @param {Pick<SecurityPolicyViolationEvent,
 *   "effectiveDirective" | "blockedURI" | "sourceFile" | "disposition">} violation
 * @param {import("./site.js").Settings} settings
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
  return {
    key: directive,
    title: "This site forbids the heat map",
    text:
      `Its Content-Security-Policy blocks ${blockedURI}: ${CONSEQUENCE[directive]}. ` +
      `The site's owner can allow it in the directive ${directive}, by adding`,
    code: sources.join(" "),
  };
}

/** @param {string} address @param {string} origin */
function isWithin(address, origin) {
  return address === origin || address.startsWith(`${origin}/`);
}
