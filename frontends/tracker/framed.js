/**
 * Reports clicks inside of frames whose pages have no tracker: the page around them sees only that the
 * focus goes there while the pointer is over the frame.
 *
 * So it is known once until the focus is back, and not where: such a click is in the frame's middle.
 */

import { read } from "./dom.js";
import { quietly } from "./quietly.js";

/** Whether the page in a frame counts its clicks by itself; of another origin's page that is not known. */
const hasTracker = quietly((/** @type {HTMLIFrameElement} */ frame) =>
  Boolean(/** @type {any} */ (frame.contentWindow)[Symbol.for("pageheat.tracker")]),
);

/** @param {import("./behaviour.js").Tracker} tracker */
export const watchFrames = (tracker) => {
  const look = quietly(() => {
    let frame = read(document, "activeElement");
    while (frame.shadowRoot?.activeElement) frame = frame.shadowRoot.activeElement;
    // Without a user's act a script has moved the focus.
    const { userActivation } = navigator;
    if (frame.localName !== "iframe" || (userActivation && !userActivation.isActive)) return;
    if (!frame.matches(":hover") || hasTracker(frame)) return;
    const { left, top, width, height } = frame.getBoundingClientRect();
    const [clientX, clientY] = [left + width / 2, top + height / 2];
    const nodes = [];
    for (let it = frame; it; it = it.host || read(it, "parentNode")) nodes.push(it);
    tracker.tell("click", {
      at: performance.now(),
      nodes,
      clientX,
      clientY,
      framed: true,
    });
  });

  tracker.listen("blur", ({ target }) => {
    // Some browsers tell the active element only afterwards.
    if (target === window) setTimeout(look);
  });
};
