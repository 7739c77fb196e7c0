/** The basket, kept in memory only, so a reload empties it. */

/** @typedef {{slug: string, glaze: string, count: number}} Line */

export const MOST = 20;
/** Maximum of one piece in a basket: what the workshop throws in a week. */

export class Basket extends EventTarget {
  /** @type {Line[]} */
  #lines = [];

  get lines() {
    return this.#lines.map((line) => ({ ...line }));
  }

  /** The total number of pieces. */
  get count() {
    return this.#lines.reduce((sum, line) => sum + line.count, 0);
  }

  /** @param {(slug: string) => number} priceOf */
  total(priceOf) {
    return this.#lines.reduce((sum, line) => sum + line.count * priceOf(line.slug), 0);
  }

  /**
   * Sets the number of pieces of a product in a glaze; 0 removes it.
   *
   * @param {string} slug
   * @param {string} glaze
   * @param {number} count
   */
  set(slug, glaze, count) {
    const line = this.#lines.find((each) => each.slug === slug && each.glaze === glaze);
    const kept = Math.max(0, Math.min(MOST, Math.floor(count) || 0));
    if (line) line.count = kept;
    else this.#lines.push({ slug, glaze, count: kept });
    this.#lines = this.#lines.filter((each) => each.count > 0);
    this.dispatchEvent(new Event("change"));
  }

  /**
   * @param {string} slug
   * @param {string} glaze
   */
  add(slug, glaze) {
    this.set(slug, glaze, this.countOf(slug, glaze) + 1);
  }

  /**
   * @param {string} slug
   * @param {string} glaze
   */
  countOf(slug, glaze) {
    return this.#lines.find((each) => each.slug === slug && each.glaze === glaze)?.count ?? 0;
  }

  clear() {
    this.#lines = [];
    this.dispatchEvent(new Event("change"));
  }
}
