/**
 * The element that all of ours hangs on, out of the page's reach: nothing that the page does to its root
 * moves, scales, covers or removes it.
 *
 * It is in the browser's top layer, as dialogs are: laid out by the window whatever `transform` the root
 * has, and above modal dialogs, popovers and what is shown full-screen, which no z-index is.
 */

/** Marks what is ours. The tracker sends nothing from a document with an element that has it. */
export const MARK = "data-pageheat-overlay";

const STYLE =
  "all: initial !important; position: absolute !important; top: 0 !important; " +
  "left: 0 !important; z-index: 2147483647 !important;";

/** What of the page is in the top layer. */
const ABOVE = [":modal", ":popover-open", ":fullscreen"]
  .map((state) => `${state}:not([${MARK}])`)
  .join();

/** When something may have got into it. */
const RISING = ["toggle", "fullscreenchange"];

export class Host {
  /** @type {HTMLElement} */
  node;
  /** @type {Set<Element>} What of the page it was last put above. */
  #below = new Set();

  /** @param {string} tag */
  constructor(tag) {
    this.node = document.createElement(tag);
    this.node.setAttribute(MARK, "");
    this.node.popover = "manual";
    this.node.style.cssText = STYLE;
  }

  /** Shows it until `signal` aborts. @param {AbortSignal} signal */
  show(signal) {
    this.keep();
    const options = { capture: true, signal };
    for (const type of RISING) {
      addEventListener(type, ({ target }) => target !== this.node && this.keep(true), options);
    }
    signal.addEventListener("abort", () => this.node.remove());
  }

  /**
   * Sees to it that it is there, above all else and in CSS px of the window; cheap enough for once a second.
   *
   * @param {boolean} [raise] even above what it has been above already, and may be no longer
   */
  keep(raise = false) {
    const { node } = this;
    const root = document.documentElement;
    // Beside the body: pages replace what is in it, and some the whole document's content.
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
