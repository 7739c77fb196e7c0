/**
 * Whether a page belongs to a group, as the history decides it: `*` and `:name` are one part of a path, `**` is any.
 * Pure.
 *
 * @param {string} page key
 * @param {string} pattern such as `/product/*`; "" has no pages
 */
export function isOfGroup(page, pattern) {
  if (!pattern) return false;
  const parts = pattern.split("/").map((part) => {
    if (part === "**") return ".*";
    return part === "*" || part.startsWith(":")
      ? "[^/?#]+"
      : part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("/")}$`, "su").test(page);
}
