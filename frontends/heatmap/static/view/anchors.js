/**
 * Finds the elements of the page that have events, and their current places.
 *
 * @typedef {import("./stage.js").Place} Place
 * @typedef {import("../core/boxes.js").Box} Box
 * @typedef {{
 *   selector: string, element: Element | null, clippers: Element[], pinned: boolean, rendered: boolean,
 * visible: boolean, place: Place | null,
 * }} Anchor
 *   `element` is null if the selector matches nothing; `rendered`: it has a box; `visible`: part of the box
 *   is not clipped; `place`: where its heat is drawn, null if it is not visible or is under a bar.
 */

import {
  beyondRim,
  clip,
  intersect,
  isNothing,
  nearPart,
  rimmed,
  uncovered,
} from "../core/boxes.js";
import { call, findAll, read, seenOn } from "../core/dom.js";
import { rimOf } from "../core/spots.js";
import { containing } from "./containing.js";
import { findCovers } from "./covers.js";

const LENGTHS = "offsetWidth offsetHeight clientLeft clientTop clientWidth clientHeight".split(" ");

export class Anchors {
  /** @type {Map<string, Anchor>} */
  #anchors = new Map();
  /** @type {Element[]} */
  #covers = [];
  #stage;
  #ours;

  /** @param {import("./stage.js").Stage} stage @param {Element} ours the overlay's element */
  constructor(stage, ours) {
    this.#stage = stage;
    this.#ours = ours;
  }

  /** @param {string} selector */
  get(selector) {
    return this.#anchors.get(selector);
  }

  /** The elements that were found on the page. */
  get elements() {
    return [...this.#anchors.values()].flatMap(({ element }) => element ?? []);
  }

  /** Whether a found element has since left the page. */
  get lost() {
    return this.elements.some((element) => !read(element, "isConnected"));
  }

  /** Sets the selectors to follow. @param {string[]} selectors */
  follow(selectors) {
    const before = this.#anchors;
    this.#anchors = new Map(
      selectors.map((selector) => [selector, before.get(selector) ?? anchorOf(selector)]),
    );
    if (selectors.some((selector) => !before.has(selector))) this.find();
  }

  /** Looks up the selectors; more expensive than measuring. */
  find() {
    const containingOf = containing(this.#stage.isInner ? this.#stage.scroller : null);
    for (const anchor of this.#anchors.values()) {
      const element = lookUp(anchor);
      anchor.element = element;
      // Nothing clips the page itself.
      if (element && anchor.selector) {
        Object.assign(anchor, containingOf(element));
      }
    }
  }

  /** Looks up the bars. It costs as much again, so it has a frame of its own. */
  findBars() {
    this.#covers = findCovers(this.#ours, this.#stage.scroller);
  }

  /** The part of a box in the window that no bar covers. @param {Box} box @returns {Box} */
  uncovered(box) {
    return outside(box, this.#coverBoxes);
  }

  get #coverBoxes() {
    const { clientWidth, clientHeight } = document.documentElement;
    return this.#covers.map((cover) =>
      beyondRim(call(cover, "getBoundingClientRect"), clientWidth, clientHeight),
    );
  }

  /**
   * Reads the elements' current places, in one pass without DOM writes.
   *
   * @returns {boolean} whether anything has changed
   */
  measure() {
    if (this.#anchors.size === 0) return false;
    const { flow, pinned } = this.#stage;
    const origins = { flow: flow.getBoundingClientRect(), pinned: pinned.getBoundingClientRect() };
    /** @type {Map<Element, Box>} */
    const inner = new Map();
    const insideOf = (/** @type {Element} */ clipper) => {
      const box = inner.get(clipper) ?? paddingBox(clipper);
      inner.set(clipper, box);
      return box;
    };
    const covers = this.#coverBoxes;
    let changed = false;
    for (const anchor of this.#anchors.values()) {
      const { rendered, place } = anchor;
      this.#read(anchor, insideOf, covers, origins);
      changed ||= anchor.rendered !== rendered || anchor.place !== place;
    }
    return changed;
  }

  /**
   * @param {Anchor} anchor
   * @param {(clipper: Element) => Box} insideOf
   * @param {Box[]} covers
   * @param {{ flow: Box, pinned: Box }} origins of the layers
   */
  #read(anchor, insideOf, covers, origins) {
    const { selector, element, clippers, pinned } = anchor;
    const box = selector ? element && call(element, "getBoundingClientRect") : origins.flow;
    anchor.rendered = Boolean(element && box && !isNothing(box) && isShown(element));
    let visible = /** @type {Box} */ (box);
    const clips = anchor.rendered ? clippers.map(insideOf) : [];
    const above = pinned || !selector ? [] : covers;
    visible = within(visible, clips);
    anchor.visible = anchor.rendered && !isNothing(visible);
    if (anchor.visible) visible = outside(visible, above);
    if (!box || !anchor.visible || isNothing(visible)) {
      anchor.place = null;
      return;
    }
    const origin = pinned ? origins.pinned : origins.flow;
    const [width, whole] = [box.right - box.left, box.bottom - box.top];
    const rim = rimOf({ width, height: whole });
    const { from, height } = nearPart(box.top, whole, innerHeight);
    const top = box.top + from;
    const drawn = { left: box.left, top, right: box.right, bottom: top + height };
    const around = rimmed(drawn, drawn, rim);
    const room = outside(within(rimmed(box, visible, rim), clips), above);
    anchor.place = sameOr(anchor.place, {
      pinned,
      left: box.left - origin.left,
      top: top - origin.top,
      width,
      height,
      clip: clip(drawn, intersect(visible, drawn)),
      rim,
      clipWithRim: clip(around, intersect(room, around)),
      from,
      whole,
    });
  }
}

/** The part of a box that is within all others. @param {Box} box @param {Box[]} others */
function within(box, others) {
  let part = box;
  for (const it of others) part = intersect(part, it);
  return part;
}

/** The part of a box that none of the covers hides. @param {Box} box @param {Box[]} covers */
function outside(box, covers) {
  let part = box;
  for (const it of covers) part = uncovered(part, it);
  return part;
}

/** @param {string} selector @returns {Anchor} */
function anchorOf(selector) {
  return {
    selector,
    element: null,
    clippers: [],
    pinned: false,
    rendered: false,
    visible: false,
    place: null,
  };
}

/** @param {Anchor} anchor @returns {Element | null} */
function lookUp({ selector, element }) {
  if (selector === "") return document.documentElement;
  // Checking an element is much cheaper than searching the page.
  if (element && read(element, "isConnected") && call(element, "matches", selector)) return element;
  try {
    const [found, another] = findAll(selector);
    // It was alone where it was clicked: of two, nobody knows which one is meant.
    return !found || another ? null : seenOn(found);
  } catch {
    // An invalid selector matches nothing.
    return null;
  }
}

/** The area that `overflow` clips to: the box without borders and scroll bars. @param {Element} clipper @returns {Box} */
function paddingBox(clipper) {
  const box = call(clipper, "getBoundingClientRect");
  if (!(clipper instanceof HTMLElement)) return box;
  const [offsetWidth, offsetHeight, clientLeft, clientTop, clientWidth, clientHeight] = LENGTHS.map(
    (name) => read(clipper, name),
  );
  // The box is in screen px; the other lengths are before any transform or zoom.
  const across = (box.right - box.left) / offsetWidth;
  const down = (box.bottom - box.top) / offsetHeight;
  const left = box.left + clientLeft * across;
  const top = box.top + clientTop * down;
  const right = left + clientWidth * across;
  return { left, top, right, bottom: top + clientHeight * down };
}

/** @param {Element} element */
function isShown(element) {
  return call(element, "checkVisibility", { opacityProperty: true, visibilityProperty: true });
}

/** The same object as before if equal, so that a change is cheap to detect. @param {Place | null} before @param {Place} place */
function sameOr(before, place) {
  const names = /** @type {(keyof Place)[]} */ (Object.keys(place));
  return before && names.every((name) => before[name] === place[name]) ? before : place;
}
