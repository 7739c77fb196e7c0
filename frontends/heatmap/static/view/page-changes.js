/**
 * When the page's elements may have moved, come or gone.
 *
 * Whoever draws on them is asked to look again, once a frame at most, and not at all while nothing
 * happens. Scrolling, resizing and mutations are told by the browser before the frame that shows them. What moves
 * by script or animation is looked at each frame as long as it moves.
 */

/** Elements are looked up again this often at most, ms: a lookup costs more than a look. */
const FIND_MS = 250;

/** A transition or animation has this long, ms, to begin to move something. */
const BEGIN_MS = 1000;

/** What may move something at once, or show it: the pointer and the focus open menus by CSS alone. */
const MOVING = [
  "scroll",
  "resize",
  "load",
  "toggle",
  "pointerover",
  "focusin",
  "focusout",
  "transitionend",
  "transitioncancel",
  "animationend",
  "animationcancel",
];

const BEGINNING = ["transitionrun", "transitionstart", "animationstart"];

export class PageChanges {
  #look;
  #frame = 0;
  #timer = 0;
  #rebuilt = false;
  #foundAt = Number.NEGATIVE_INFINITY;
  #watchUntil = 0;
  #ending = new AbortController();
  #sizes = new ResizeObserver(() => this.#lookNow(performance.now()));
  #mutations = new MutationObserver(() => this.rebuilt());
  /** @type {Set<Element>} */
  #sized = new Set();

  /**
   * @param {(find: boolean) => boolean} look with `find`, the elements are to be looked up again; returns
   *   whether anything has moved
   */
  constructor(look) {
    this.#look = look;
    const options = { capture: true, passive: true, signal: this.#ending.signal };
    for (const type of MOVING) addEventListener(type, () => this.moved(), options);
    for (const type of BEGINNING) {
      addEventListener(type, () => this.#watch(performance.now() + BEGIN_MS), options);
    }
    // Our own changes are in a shadow tree, where it doesn't look.
    this.#mutations.observe(document.documentElement, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
  }

  /** Something may have moved. */
  moved() {
    this.#frame ||= requestAnimationFrame((now) => this.#lookNow(now));
  }

  /** Elements may have come or gone. */
  rebuilt() {
    this.#rebuilt = true;
    this.moved();
  }

  /** The elements whose sizes matter. @param {Element[]} elements */
  observeSizes(elements) {
    const wanted = new Set(elements);
    for (const element of this.#sized) if (!wanted.has(element)) this.#sizes.unobserve(element);
    for (const element of wanted) if (!this.#sized.has(element)) this.#sizes.observe(element);
    this.#sized = wanted;
  }

  stop() {
    this.#ending.abort();
    this.#sizes.disconnect();
    this.#mutations.disconnect();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
  }

  /** @param {number} until ms on the clock of performance.now() */
  #watch(until) {
    this.#watchUntil = Math.max(this.#watchUntil, until);
    this.moved();
  }

  /** @param {number} now */
  #lookNow(now) {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const wait = this.#foundAt + FIND_MS - now;
    const find = this.#rebuilt && wait <= 0;
    if (find) {
      this.#rebuilt = false;
      this.#foundAt = now;
    } else if (this.#rebuilt) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.moved(), wait);
    }
    if (this.#look(find) || now < this.#watchUntil) this.moved();
  }
}
