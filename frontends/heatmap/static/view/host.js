/**
 * The container of everything that we show: nothing that the page does to its root element moves, scales,
 * covers or removes it, or makes it unusable.
 *
 * It is in the browser's top layer, like dialogs: laid out relative to the window despite any `transform` of
 * the root, and above modal dialogs, popovers and full-screen elements, where no z-index reaches. An open
 * modal dialog or full-screen element makes everything outside of it inert, and a press outside of an open
 * popover closes that. So it is beside the body, except while there is one of the former: then it is in there,
 * and while the pointer is on our parts and a popover is open: then it is in the popover.
 */

import { dispatch } from "./dispatch.js";
import { detach } from "./element.js";
import { seal } from "./seal.js";
import { topModal, topPopover } from "./top-layer.js";

/** Marks our elements. The tracker sends nothing from a document that contains one. */
export const MARK = "data-pageheat-overlay";

/** Sent to the element to have what it shows removed. */
export const REMOVE = "pageheat-remove";

/** Only a listener that still exists hears it. */
const HEARING = "pageheat-hearing";

/** `all` leaves out the direction, and the page's `user-select` reaches through it. */
const STYLE =
  "all: initial !important; direction: ltr !important; user-select: text !important; " +
  "-webkit-user-select: text !important; position: absolute !important; top: 0 !important; " +
  "left: 0 !important; z-index: 2147483647 !important;";

/** Pages style the backdrops of their dialogs, and so of ours. */
const SHEET = ":host::backdrop { display: none !important; }";

/** The page's elements in the top layer. */
const ABOVE = [":modal", ":popover-open", ":fullscreen"]
  .map((state) => `${state}:not([${MARK}])`)
  .join();

/** Events after which the top layer may have changed; opening a dialog in a shadow tree moves the focus. */
const RISING = ["toggle", "fullscreenchange", "focusin"];

/** What page scripts set on elements that are not part of an open dialog. */
const SILENCING = ["inert", "aria-hidden", "hidden"];

const WATCHED = { subtree: true, childList: true, attributes: true, attributeFilter: ["open"] };

export class Host {
  node;
  /** Its shadow tree. */
  root;
  /** Represents it in the document while it is in a dialog of a shadow tree. */
  #standIn;
  /** @type {Set<Element>} The page's elements that it was last put above. */
  #below = new Set();
  /** @type {Element | null} */
  #modal = null;
  /** Whether the pointer is on our parts. */
  #reached = false;
  #heard = false;
  #reopened;
  #raised;
  #observer = new MutationObserver((changes) => this.#follow(changes));

  /**
   * @param {string} tag
   * @param {() => void} reopened called when the page has used `document.open`, which takes away the listeners
   *   of all elements: everything has to be made anew
   * @param {() => void} [raised] called after it was hidden for a moment, which WebKit's canvases lose
   */
  constructor(tag, reopened, raised = () => {}) {
    this.#reopened = reopened;
    this.#raised = raised;
    this.node = made(tag);
    this.node.popover = "manual";
    this.node.style.cssText = STYLE;
    this.root = this.node.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(SHEET);
    this.root.adoptedStyleSheets.push(sheet);
    this.#standIn = made(tag);
    this.#standIn.hidden = true;
    this.#standIn.addEventListener(REMOVE, () => dispatch(this.node, REMOVE));
  }

  /** Shows the host until `signal` aborts. @param {AbortSignal} signal */
  show(signal) {
    const { node } = this;
    const options = { capture: true, signal };
    for (const type of RISING) {
      addEventListener(
        type,
        (event) => event.target !== node && this.keep(isOpening(event)),
        options,
      );
    }
    addEventListener(
      "pointerover",
      (event) => this.#reach(event.composedPath().includes(node)),
      options,
    );
    addEventListener(
      "beforetoggle",
      ({ target }) =>
        target !== node && target instanceof Node && target.contains(node) && this.#reach(false),
      options,
    );
    seal(node, signal);
    node.addEventListener(HEARING, () => {
      this.#heard = true;
    });
    this.#observer.observe(document, WATCHED);
    this.keep();
    signal.addEventListener("abort", () => {
      this.#observer.disconnect();
      detach(node);
      detach(this.#standIn);
    });
  }

  /**
   * Keeps it attached, usable, on top and in CSS px of the window; cheap enough to call every second.
   *
   * @param {boolean} [raise] even if it was already above these elements: one may have been raised since
   */
  keep(raise = false) {
    const { node } = this;
    // Without a root the document is just being replaced.
    if (!document.documentElement) return;
    if (!node.isConnected && this.#isDeaf) return this.#reopened();
    for (const name of SILENCING) node.removeAttribute(name);
    const modal = topModal(this.#modal);
    this.#modal = modal;
    const holder = (this.#reached && topPopover(modal)) || modal || document.documentElement;
    // Beside a shadow tree, it would not be shown.
    const parent = holder.shadowRoot ?? holder;
    if (node.parentNode !== parent) this.#move(parent);
    const above = [...document.querySelectorAll(ABOVE)];
    if (modal && !above.includes(modal)) above.push(modal);
    const covered = above.some((each) => raise || !this.#below.has(each));
    this.#below = new Set(above);
    if (covered && node.matches(":popover-open")) node.hidePopover();
    if (!node.matches(":popover-open")) {
      node.showPopover();
      this.#raised();
    }
    const { currentCSSZoom: zoom = 1 } = holder;
    node.style.setProperty("zoom", String(1 / zoom), "important");
  }

  /** @param {Element | ShadowRoot} parent */
  #move(parent) {
    const { node } = this;
    const focused = this.root.activeElement;
    // Keeps style sheets loaded, the focus and the place in the top layer, where browsers know it.
    if (node.isConnected && "moveBefore" in parent) parent.moveBefore(node, null);
    else parent.append(node);
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
    const root = parent.getRootNode();
    if (root === document) return detach(this.#standIn);
    this.#observer.observe(root, WATCHED);
    Object.assign(this.#standIn.dataset, node.dataset);
    document.documentElement.append(this.#standIn);
  }

  /** @param {boolean} reached */
  #reach(reached) {
    if (reached === this.#reached) return;
    this.#reached = reached;
    this.keep();
  }

  /** @param {MutationRecord[]} changes */
  #follow(changes) {
    if (!this.node.isConnected || changes.some(({ attributeName }) => attributeName)) this.keep();
  }

  /** Whether it has lost its listeners. */
  get #isDeaf() {
    this.#heard = false;
    dispatch(this.node, HEARING);
    return !this.#heard;
  }
}

/** @param {string} tag */
function made(tag) {
  const node = document.createElement(tag);
  node.setAttribute(MARK, "");
  return node;
}

/** @param {Event & { newState?: string }} event */
function isOpening({ type, newState }) {
  return type === "fullscreenchange" || newState === "open";
}
