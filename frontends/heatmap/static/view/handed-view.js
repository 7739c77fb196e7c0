/** The view that a link hands over in the page's address, from which it is removed at once. */

import { viewOf } from "../core/view-link.js";
import { giveToken } from "./token.js";

/**
 * Takes it now, and whenever one appears there.
 *
 * @param {(view: import("../core/view-link.js").View) => void} handed
 * @param {AbortSignal} signal stops it
 */
export function takeHandedViews(handed, signal) {
  const take = () => {
    const found = viewOf(location.hash);
    if (!found) return;
    const { pathname, search } = location;
    history.replaceState(history.state, "", pathname + search + found.hash);
    if (found.view.token) giveToken(found.view.token);
    handed(found.view);
  };
  take();
  addEventListener("hashchange", take, { signal });
}
