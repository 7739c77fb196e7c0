/**
 * Heat on elements: a small canvas over each, a bit larger than the element's box.
 *
 * All share one scale, from 0 to the hottest spot currently on the page. Counts and scale ease as those of
 * tiles do. Only canvases in or near the window are painted, so the cost does not grow with the page's
 * length.
 *
 * @typedef {import("../core/breakdown.js").ElementHeat} ElementHeat
 * @typedef {import("../core/breakdown.js").Mark} Mark
 * @typedef {import("../core/heat.js").ShownLayer} ShownLayer
 * @typedef {{
 *   canvas: HTMLCanvasElement, counts: Map<number, number>, shape: import("../core/spots.js").Shape,
 *   box: import("../core/spots.js").Box, part: import("../core/spots.js").Part, filled: boolean, jumps: boolean, recount: boolean,
 *   target: Float32Array, peak: number, shown: ShownLayer, image: ImageData | null, stale: boolean, near: boolean,
 * }} Patch
 *   `part` of the box is drawn, `target` is the newest field once it is `filled`, `peak` its highest value, `shown` the field easing to it; `image` has its
 *   pixels; `stale` while the canvas shows another field; `near` while it is in or near the window.
 */

import { COLOURS } from "../core/colours.js";
import { advanceCounts, advanceScale, PACE_MS } from "../core/heat.js";
import { colour } from "../core/raster.js";
import { fill, peakOf, shapeOf } from "../core/spots.js";
import { element } from "./element.js";

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

const STYLE = "position: absolute; top: 0; left: 0; max-width: none; pointer-events: none;";

const NOTHING = new Map();

/** Canvases that are painted in one frame: the browser copies each that is, and waits for the copies. */
const AT_ONCE = 8;

/** Elements whose fields are made in one frame. */
const FILLED_AT_ONCE = 25;

/** Around the window: slowly scrolled content is painted before it appears. */
const NEAR = { rootMargin: "25%" };

export class AnchoredLayer {
  /** @type {Mark | null} what is shown */
  mark = null;
  /** @type {ShownLayer} */
  scale = { counts: new Float32Array(), hottest: 0, maximum: 0 };
  /** @type {ElementHeat[]} */
  #elements = [];
  /** @type {import("../core/spots.js").Division} */
  #division = { spots: 1, spotPx: 1 };
  /** @type {Map<string, Patch>} */
  #patches = new Map();
  #nearing = new IntersectionObserver((changes) => this.#look(changes), NEAR);
  #stage;
  #turns;
  #anchors;
  #drawn;
  #frame = 0;
  #drawnAt = 0;
  #due = 0;
  /** @type {[string, Patch][]} what the current round has still to draw */
  #round = [];
  /** ms, for all of a round. */
  #elapsed = 0;
  #hottest = 0;
  #rescaling = false;
  #opacity = 1;
  /** @type {number | null} */
  #fixed = null;

  /**
   * @param {import("./stage.js").Stage} stage
   * @param {import("./turns.js").Turns} turns of all layers
   * @param {import("./anchors.js").Anchors} anchors
   * @param {() => void} drawn is called after each drawing
   */
  constructor(stage, turns, anchors, drawn) {
    this.#stage = stage;
    this.#turns = turns;
    this.#anchors = anchors;
    this.#drawn = drawn;
  }

  /**
   * Sets what to show.
   *
   * @param {ElementHeat[]} elements followed by the anchors
   * @param {import("../core/spots.js").Division} division
   * @param {Mark | null} mark null shows nothing
   * @param {boolean} [atOnce] without easing, as for another page
   */
  show(elements, division, mark, atOnce = false) {
    const { spots, spotPx } = this.#division;
    const divided = division.spots !== spots || division.spotPx !== spotPx;
    if (mark !== this.mark || divided || atOnce) this.#clear();
    this.mark = mark;
    this.#division = division;
    this.#elements = mark ? elements.filter((each) => each[mark].total > 0) : [];
    this.place();
  }

  /** @param {number} opacity 0 to 1 @param {number | null} fixed the scale's end, null for the hottest spot's */
  apply(opacity, fixed) {
    this.#opacity = opacity;
    this.#fixed = fixed;
    for (const { canvas } of this.#patches.values()) canvas.style.opacity = String(opacity);
    this.#redraw();
  }

  /** Moves the canvases to their anchors. */
  place() {
    const { mark } = this;
    const cold = new Set(this.#patches.keys());
    for (const heat of this.#elements) {
      const anchor = this.#anchors.get(heat.selector);
      if (!mark || !anchor?.rendered) continue;
      cold.delete(heat.selector);
      if (anchor.place) this.#fit(heat.selector, heat[mark].counts, anchor.place);
      else this.#hide(heat.selector);
    }
    for (const selector of cold) this.#cool(selector);
  }

  remove() {
    cancelAnimationFrame(this.#frame);
    this.#nearing.disconnect();
    this.#clear();
  }

  /** @param {string} selector @param {Map<number, number>} counts @param {import("./stage.js").Place} place */
  #fit(selector, counts, place) {
    const patch = this.#patches.get(selector) ?? this.#create(selector);
    this.#stage.put(patch.canvas, place, true);
    const box = { width: place.width, height: place.whole };
    const part = { top: place.from, height: place.height };
    const shape = shapeOf(box, part);
    const { width, height } = shape;
    const resized = width !== patch.shape.width || height !== patch.shape.height;
    const moved = part.top !== patch.part.top;
    const reshaped = resized || moved || shape.sigma !== patch.shape.sigma;
    const same = alike(counts, patch.counts);
    if (!reshaped && same) return;
    if (resized) {
      patch.canvas.width = width;
      patch.canvas.height = height;
      patch.target = new Float32Array(width * height);
      // Heat that is only resized does not fade in again.
      patch.shown.counts = new Float32Array(width * height);
      patch.image = null;
    }
    Object.assign(patch, { shape, box, part, counts, filled: false });
    patch.jumps ||= reshaped;
    patch.recount ||= !same || resized;
    if (moved && patch.near) {
      // The canvas has moved already.
      this.#fill(patch);
      this.#paint(patch, 0);
    }
    this.#due = 0;
    this.#redraw();
  }

  /** Makes the newest field. @param {Patch} patch */
  #fill(patch) {
    const { counts, box, part, shape, target, shown } = patch;
    const peak = fill(counts, this.#division, box, part, shape, target);
    if (part.height === box.height) patch.peak = peak;
    else if (patch.recount) patch.peak = peakOf(counts, this.#division, box, part.height);
    if (patch.jumps && shown.hottest > 0) shown.counts.set(target);
    Object.assign(patch, { filled: true, jumps: false, recount: false, stale: true });
  }

  /** Makes some of the fields that are due, those near the window first. @returns {boolean} whether all are made */
  #fillSome() {
    const due = [...this.#patches.values()].filter(({ filled }) => !filled);
    due.sort((one, other) => Number(other.near) - Number(one.near));
    for (const patch of due.slice(0, FILLED_AT_ONCE)) this.#fill(patch);
    return due.length <= FILLED_AT_ONCE;
  }

  /** On the page but not visible: its heat stays, and counts for the scale. @param {string} selector */
  #hide(selector) {
    const patch = this.#patches.get(selector);
    if (patch) this.#stage.put(patch.canvas, null);
  }

  /** Fades out heat that is gone, if it is visible. @param {string} selector */
  #cool(selector) {
    const patch = this.#patches.get(selector);
    const place = this.#anchors.get(selector)?.place;
    if (!patch) return;
    if (place && patch.shown.hottest > 0) this.#fit(selector, NOTHING, place);
    else this.#drop(selector, patch);
  }

  /** @param {string} selector @returns {Patch} */
  #create(selector) {
    const canvas = element("canvas", { class: "spots", style: STYLE, "data-selector": selector });
    canvas.style.opacity = String(this.#opacity);
    /** @type {Patch} */
    const patch = {
      canvas,
      counts: NOTHING,
      shape: { width: 0, height: 0, sigma: 0, rim: 0 },
      box: { width: 0, height: 0 },
      part: { top: 0, height: 0 },
      filled: true,
      jumps: false,
      recount: false,
      target: new Float32Array(),
      peak: 0,
      shown: { counts: new Float32Array(), hottest: 0, maximum: 0 },
      image: null,
      stale: true,
      near: false,
    };
    this.#patches.set(selector, patch);
    this.#nearing.observe(canvas);
    return patch;
  }

  /** @param {string} selector @param {Patch} patch */
  #drop(selector, patch) {
    this.#stage.put(patch.canvas, null);
    this.#nearing.unobserve(patch.canvas);
    this.#patches.delete(selector);
    this.#redraw();
  }

  #clear() {
    for (const [selector, patch] of this.#patches) this.#drop(selector, patch);
    this.scale = { counts: new Float32Array(), hottest: 0, maximum: 0 };
  }

  /**
   * Updates which canvases are near the window. Changes from before appear at once.
   *
   * @param {IntersectionObserverEntry[]} changes
   */
  #look(changes) {
    for (const { target, isIntersecting } of changes) {
      const patch = this.#patches.get(/** @type {HTMLElement} */ (target).dataset.selector ?? "");
      if (!patch || patch.canvas !== target) continue;
      patch.near = isIntersecting;
      if (!isIntersecting || !patch.stale) continue;
      if (!patch.filled) patch.jumps = true;
      else if (patch.shown.hottest > 0) patch.shown.counts.set(patch.target);
      this.#redraw();
    }
  }

  #redraw() {
    this.#frame ||= requestAnimationFrame((now) => this.#draw(now));
  }

  /** @param {number} now */
  #draw(now) {
    this.#frame = 0;
    const begins = this.#round.length === 0;
    if ((begins && now < this.#due) || !this.#turns.take(now)) return this.#redraw();
    if (begins && !this.#fillSome()) return this.#redraw();
    if (begins) this.#begin(now);
    for (let painted = 0; this.#round.length > 0 && painted < AT_ONCE; ) {
      const [selector, patch] = /** @type {[string, Patch]} */ (this.#round.pop());
      if (this.#patches.get(selector) !== patch) continue;
      const paints = patch.near && patch.stale;
      const gliding = paints && this.#paint(patch, this.#elapsed);
      if (paints) painted++;
      if (patch.counts === NOTHING && patch.filled && !gliding) this.#drop(selector, patch);
    }
    if (this.#round.length > 0) return this.#redraw();
    if (this.#hottest === 0 && this.#patches.size === 0) this.scale.maximum = 0;
    this.#drawn();
    // What has changed since the round began counts, too.
    const stale = [...this.#patches.values()].some(
      ({ near, stale, filled }) => (near && stale) || !filled,
    );
    if (this.#rescaling || stale) this.#redraw();
    else this.#drawnAt = 0;
  }

  /** Begins a round, which draws all canvases once, over a few frames. @param {number} now */
  #begin(now) {
    const glided = this.#drawnAt ? now - this.#drawnAt : PACE_MS;
    this.#elapsed = stillness.matches ? Number.POSITIVE_INFINITY : glided;
    this.#hottest = Math.max(0, ...[...this.#patches.values()].map(({ peak }) => peak));
    const before = this.scale.maximum;
    this.#rescaling = advanceScale(this.scale, this.#fixed ?? this.#hottest, this.#elapsed);
    if (this.scale.maximum !== before) {
      for (const patch of this.#patches.values()) patch.stale = true;
    }
    this.#round = [...this.#patches];
    this.#drawnAt = now;
    this.#due = now + PACE_MS;
  }

  /** @param {Patch} patch @param {number} elapsed ms @returns {boolean} whether it is still moving */
  #paint(patch, elapsed) {
    const { canvas, shape, shown, target } = patch;
    shown.maximum = this.scale.maximum;
    patch.stale = advanceCounts(shown, target, elapsed);
    patch.image ??= new ImageData(shape.width, shape.height);
    const { image } = patch;
    image.data.fill(0);
    if (this.mark && shown.hottest > 0) {
      colour(shown.counts, 1 / shown.maximum, COLOURS[this.mark], image.data);
    }
    canvas.getContext("2d")?.putImageData(image, 0, 0);
    return patch.stale;
  }
}

/**
 * For most elements a new breakdown changes nothing.
 *
 * @param {Map<number, number>} one
 * @param {Map<number, number>} other
 */
function alike(one, other) {
  if (one === other) return true;
  if (one.size !== other.size) return false;
  for (const [place, count] of one) if (other.get(place) !== count) return false;
  return true;
}
