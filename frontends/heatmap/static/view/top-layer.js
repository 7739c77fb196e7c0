/** Which of the page's elements is topmost in the browser's top layer. Browsers do not tell. */

import { call } from "../core/dom.js";
import { outer } from "./containing.js";

/** Of these, children are not shown: we are above them, but cannot be used until they leave the full screen. */
const CHILDLESS = "video, audio, img, canvas, iframe, embed, object, input, textarea, select";

/**
 * The modal dialog or full-screen element that makes everything outside of it inert: that with the focus, as
 * nothing else can have it. It may be in a shadow tree.
 *
 * @param {Element | null} known the answer before, which holds while nothing has the focus
 * @returns {Element | null}
 */
export function topModal(known) {
  for (let node = focused(); node; node = outer(node)) if (isModal(node)) return node;
  if (known?.isConnected && isModal(known)) return known;
  return [...document.querySelectorAll(":modal")].filter(isModal).at(-1) ?? null;
}

/**
 * The open popover that a press outside would close.
 *
 * @param {Element | null} modal outside of which popovers are inert
 * @returns {Element | null}
 */
export function topPopover(modal) {
  /** @type {NodeListOf<HTMLElement>} */
  const open = (modal ?? document).querySelectorAll(":popover-open");
  return [...open].filter(({ popover }) => popover === "auto").at(-1) ?? null;
}

/** The element with the focus, also in open shadow trees. */
function focused() {
  let { activeElement } = document;
  while (activeElement?.shadowRoot?.activeElement)
    activeElement = activeElement.shadowRoot.activeElement;
  return activeElement;
}

/** What has no box cannot show us. @param {Element} node */
function isModal(node) {
  const is = (/** @type {string} */ selector) => call(node, "matches", selector);
  return is(":modal") && !is(CHILDLESS) && call(node, "getClientRects").length > 0;
}
