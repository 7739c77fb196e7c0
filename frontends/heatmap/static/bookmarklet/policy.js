/** Explains to the site's owner what a Content-Security-Policy blocked. No I/O. */

/** @type {Record<string, { what: string, so: string }>} What a directive blocks, and the effect. */
const FORBIDDEN = {
  "connect-src": {
    what: "the heat",
    so: "it is the connection to the broadcaster, which sends the heat",
  },
  "style-src": { what: "the panel", so: "without its styles the panel is not shown" },
  "img-src": { what: "the picture", so: "it is the picture of the heat" },
  "script-src": { what: "the heat map", so: "it is a part of the heat map" },
};

/**
 * The notice for a violation; null if it is not about us, or was only reported, not blocked.
 *
 * @param {Pick<SecurityPolicyViolationEvent,
 *   "effectiveDirective" | "blockedURI" | "sourceFile" | "disposition">} violation
 * @param {import("../core/site.js").Settings} settings
 * @returns {import("./notice.js").Notice | null}
 */
export function refusal(violation, { frontend, history, policy }) {
  const directive = violation.effectiveDirective.replace(/-(elem|attr)$/, "");
  const sources = policy[directive];
  if (!sources || violation.disposition === "report") return null;
  const { blockedURI, sourceFile } = violation;
  // The strip of time says so itself, and live heat does not need the history.
  if (isWithin(blockedURI, history)) return null;
  // For a blob: or an inline style only the kind is reported, and not always the script that made it.
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
