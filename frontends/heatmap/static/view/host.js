/**
 * The container of everything that we show: nothing that the page does to its root element moves, scales,
 * covers or removes it.
 *
 * It is in the browser's top layer, like dialogs: laid out relative to the window despite any `transform` of
 * the root, and above modal dialogs, popovers and full-screen elements, where no z-index reaches.
 */

/** Marks our elements. The tracker sends nothing from a document that contains one. */
export const MARK = "data-pageheat-overlay";

// `all` leaves the direction as the page's.
const STYLE =
  "all: initial !important; direction: ltr !important; position: absolute !important; top: 0 !important; " +
  "left: 0 !important; z-index: 2147483647 !important;";

/** The page's elements in the top layer. */
const ABOVE = [":modal", ":popover-open", ":fullscreen"]
  .map((state) => `${state}:not([${MARK}])`)
  .join();

/** Events after which the top layer may have a new element. */
const RISING = ["toggle", "fullscreenchange"];

export class Host {
  /** @type {HTMLElement} */
  node;
  /** @type {Set<Element>} The page's elements that it was last put above. */
  #below = new Set();

  /** @param {string} tag */
  constructor(tag) {
    this.node = document.createElement(tag);
    this.node.setAttribute(MARK, "");
    this.node.popover = "manual";
    this.node.style.cssText = STYLE;
  }

  /** Shows the host until `signal` aborts. @param {AbortSignal} signal */
  show(signal) {
    this.keep();
    const options = { capture: true, signal };
    for (const type of RISING) {
      addEventListener(type, ({ target }) => target !== this.node && this.keep(true), options);
    }
    signal.addEventListener("abort", () => this.node.remove());
  }

  /**
   * Keeps it attached, on top and in CSS px of the window; cheap enough to call every second.
   *
   * @param {boolean} [raise] even if it was already above these elements: one may have been raised since
   */
  keep(raise = false) {
    const { node } = this;
    const root = document.documentElement;
    // Beside the body: pages replace its contents, and some replace the whole document's.
    if (node.parentNode !== root) root.append(node);
    const above = [...document.querySelectorAll(ABOVE)];
    const covered = above.some((each) => raise || !this.#below.has(each));
    this.#below = new Set(above);
    if (covered && node.matches(":popover-open")) node.hidePopover();
    if (!node.matches(":popover-open")) node.showPopover();
    const { currentCSSZoom: zoom = 1 } = root;
    node.style.setProperty("zoom", String(1 / zoom), "important");
  }
}
