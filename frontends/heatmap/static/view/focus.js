/** The focus among our parts. It is never taken from the page, where an open menu may close without it. */

import { read } from "../core/dom.js";

/** Whether a part has the focus; to be asked before the part is hidden. @param {Element} part */
export function hasFocus(part) {
  return part.contains(rootOf(part).activeElement);
}

/** Moves the focus to a part that has just opened, unless the page has it. @param {HTMLElement} part */
export function enter(part) {
  const { activeElement } = document;
  const isFree =
    !activeElement ||
    activeElement === read(document, "body") ||
    activeElement.localName === "dialog";
  if (isFree || rootOf(part).activeElement) part.focus();
}

/** @param {Node} node */
function rootOf(node) {
  return /** @type {ShadowRoot} */ (node.getRootNode());
}
