/** The names of pages in lists. */

import { element } from "./element.js";

/** The end of a name's last part, which is never cut: long names often differ there alone. */
const END = 10;

/** A name in parts: if there is no room, the folder and the middle of the last part are cut. @param {string} name */
export function nameParts(name) {
  const start = name.replace(/\/$/, "").lastIndexOf("/") + 1;
  const last = name.slice(start);
  const end = last.length > 2 * END ? last.length - END : last.length;
  return [
    element("span", { class: "folder" }, name.slice(0, start)),
    element(
      "span",
      { class: "last" },
      element("span", {}, last.slice(0, end)),
      element("span", {}, last.slice(end)),
    ),
  ];
}
