/**
 * Loaded by the bookmarklets: shows or removes the heat map or the heat picture.
 *
 * Bookmarks depend on its address and on `toggle`. It adds one element with a shadow tree to the document;
 * the overlay is another. A click removes it, whichever copy of this module added it.
 *
 * @typedef {"map" | "picture"} Mode
 */

import { Notices } from "./bookmarklet/notice.js";
import { Picture } from "./bookmarklet/picture.js";
import { refusal } from "./bookmarklet/policy.js";
import { pageKey } from "./core/address.js";
import { barrierOf } from "./core/barrier.js";
import { siteName } from "./core/site.js";
import { mount, remove } from "./overlay.js";
import { dispatch } from "./view/dispatch.js";
import { isAnswering, loadSettings, SETTINGS } from "./view/front-end.js";
import { Host, REMOVE } from "./view/host.js";
import { BLOCKED } from "./view/state-text.js";
import { forgetToken, takeHandedToken } from "./view/token.js";
import { unlockForm } from "./view/unlock.js";

const TAG = "pageheat-bookmarklet";
const OVERLAY = "pageheat-overlay";

/** Widths that differ by this factor probably have different layouts. */
const MUCH = 1.3;

/**
 * Shows the mode, replacing the other one, or removes it if it is shown.
 *
 * @param {Mode} mode
 */
export function toggle(mode) {
  // A bare image or feed has no room for our elements.
  if (!(document instanceof HTMLDocument)) return alert("No heat map: this is not an HTML page.");
  const host = /** @type {HTMLElement | null} */ (document.querySelector(TAG));
  const shown = host?.dataset.mode ?? (document.querySelector(OVERLAY) ? "map" : null);
  dispatch(host, REMOVE);
  remove();
  if (shown !== mode) new Shown(mode).start();
}

/** The heat map or the heat picture while it is shown, with its notices. */
class Shown {
  #host = new Host(TAG, () => this.#restart());
  #mode;
  #notices = new Notices(this.#host.root);
  #ending = new AbortController();
  #refused = false;

  /** @param {Mode} mode */
  constructor(mode) {
    this.#mode = mode;
    this.#host.node.dataset.mode = mode;
    this.#host.node.addEventListener(REMOVE, () => this.#end());
    this.#host.show(this.#ending.signal);
  }

  async start() {
    if (!location.protocol.startsWith("http")) return this.#notices.say(NO_SITE);
    const settings = await this.#settings();
    const { signal } = this.#ending;
    if (!settings || signal.aborted) return;
    document.addEventListener(
      "securitypolicyviolation",
      (event) => this.#refuse(refusal(event, settings)),
      { signal },
    );
    const name = siteName(location.origin, settings);
    if (this.#mode === "map") this.#showMap(settings, name ?? undefined);
    else this.#showPicture(settings, name ?? undefined);
  }

  /** @returns {Promise<import("./core/site.js").Settings | null>} */
  async #settings() {
    try {
      return await loadSettings();
    } catch {
      this.#notices.say((await isAnswering()) ? STRANGE_SITE : NO_SETTINGS);
      return null;
    }
  }

  /** @param {import("./core/site.js").Settings} settings @param {string} [name] */
  #showMap({ broadcaster, history, site, pages }, name) {
    mount({ broadcaster, history, site, siteName: name, pages });
    const overlay = document.querySelector(OVERLAY);
    overlay?.addEventListener(REMOVE, () => this.#end(), { signal: this.#ending.signal });
  }

  /** @param {import("./core/site.js").Settings} settings @param {string} [name] */
  #showPicture({ broadcaster, pages }, name) {
    takeHandedToken(this.#ending.signal);
    const page = () => pageKey(location, name, pages);
    const picture = new Picture(broadcaster, page, (state) => {
      if (state !== "shown") {
        if (!this.#refused) this.#notices.say(pictureNotice(state, broadcaster));
        return;
      }
      this.#notices.takeBack("picture");
      const { share } = picture;
      if (share > MUCH || share < 1 / MUCH) this.#notices.say(WIDTH);
      else this.#notices.takeBack(WIDTH.key);
    });
    this.#host.root.prepend(...picture.stage.nodes);
    picture.start(this.#ending.signal);
  }

  /** @param {import("./bookmarklet/notice.js").Notice | null} notice */
  #refuse(notice) {
    if (!notice) return;
    // Then a missing answer does not mean that the broadcaster is down.
    this.#refused = true;
    this.#notices.takeBack("picture");
    this.#notices.say(notice);
  }

  #restart() {
    this.#end();
    new Shown(this.#mode).start();
  }

  #end() {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    remove();
    forgetToken();
  }
}

const NO_SITE = {
  key: "site",
  title: "Not a page of a site",
  text: `${location.protocol} pages have no visitors. Click the bookmark on a page of one of your sites.`,
};

const WIDTH = {
  key: "width",
  title: "Made at another width",
  text:
    "The page's newest visitor had a window of a very different width. Where that changes the layout, " +
    "the picture is misplaced; the heat map shows clicks on their elements.",
};

const NO_SETTINGS = {
  key: "settings",
  title: "No heat",
  text: `No answer from ${SETTINGS}. Check that the heat-map front end is running, then load this page again.`,
};

const STRANGE_SITE = {
  key: "site",
  title: "Not one of your sites",
  text:
    `Only pages of your sites may show heat, and no setting names ${location.origin}. Add it to SITES with ` +
    "a name of its own, or to ORIGINS if its pages are those of SITE_URL, and restart Pageheat.",
};

/** @param {"cold" | "silent" | "refused"} state @param {string} broadcaster */
function pictureNotice(state, broadcaster) {
  const key = "picture";
  if (state === "refused") {
    const text =
      "This page's heat requires an access token. The operator of Pageheat can create one.";
    return { key, title: "Private", text, form: unlockForm() };
  }
  const barrier = barrierOf(location.protocol, broadcaster);
  if (barrier) return { key, title: "No picture", text: BLOCKED[barrier](broadcaster) };
  return state === "cold"
    ? {
        key,
        title: "No heat here",
        text:
          "No visitors on this page in the last few minutes. Open it without the picture and move the " +
          "pointer: the heat appears here within seconds.",
      }
    : {
        key,
        title: "No picture",
        text: `No answer from ${broadcaster}; retrying automatically. Check that broadcaster is running.`,
      };
}
