/**
 * What is shown, for others: a link with which a colleague may look without a token of their own, and a picture.
 *
 * @typedef {import("../core/view-link.js").View} View
 * @typedef {{
 *   page: string, group: string, range: import("./ranges.js").Range | null, chosen: import("./visitors.js").Chosen,
 *   layer: import("../core/plan.js").LayerChoice, link: (token?: string) => string,
 * }} Shown
 */

import { historyAddress, shareAddress } from "../core/address.js";
import { siteOf } from "../core/site.js";
import { choice, select } from "../view/controls.js";
import { copyText } from "../view/copy-text.js";
import { element, setText } from "../view/element.js";
import { request } from "../view/request.js";
import { spanOf } from "./past.js";
import { formatMoment, inputValue, zoneOf } from "./times.js";

/** @type {[string, string][]} hours; a token lives for 31 days at most */
const LIVES = [
  ["8", "8 hours"],
  ["168", "7 days"],
  ["744", "31 days"],
];

/** Layers that a picture can have. */
const PICTURED = ["moves", "clicks", "attention", "scroll"];

export class ShareMenu {
  #origins;
  #shown;
  #hours = "168";
  #isOfSite = false;
  #status = element("p", { class: "said", role: "status" });
  #picture = element(
    "button",
    { type: "button", onclick: () => this.#savePicture() },
    "Save as a picture",
  );
  node;

  /** @param {{ history: string, broadcaster: string }} origins @param {() => Shown} shown */
  constructor(origins, shown) {
    this.#origins = origins;
    this.#shown = shown;
    const scope = choice("Link to", { page: "This page", site: "The site" }, "page", (name) => {
      this.#isOfSite = name === "site";
    });
    const life = select("For", (hours) => {
      this.#hours = hours;
    });
    life.offer(LIVES, this.#hours);
    this.node = element(
      "section",
      { class: "menu share", role: "group", "aria-label": "Share", hidden: true },
      scope.node,
      life.node,
      element(
        "button",
        { type: "button", onclick: () => this.#copy() },
        "Copy a link that lets others look",
      ),
      this.#picture,
      this.#status,
    );
  }

  /** What is shown may have changed. */
  update() {
    const isPast = this.#shown().range !== null;
    this.#picture.disabled = !isPast;
    this.#picture.title = isPast
      ? "The heat as a transparent PNG, with range, legend and count of page views"
      : "Choose a range first";
  }

  async #copy() {
    const { link } = this.#shown();
    const { page, below } = this.#scope();
    const parameters = { hours: this.#hours, below: String(below) };
    const address = shareAddress(this.#origins.broadcaster, page, parameters);
    let text = "";
    try {
      const answer = await request(address);
      const { token, ends, error } = await answer.json();
      if (!answer.ok) text = String(error);
      else if (await copyText(link(token ?? undefined), this.node)) text = copiedText(token, ends);
      else text = "Not copied: the browser refuses.";
    } catch {
      text = `No link was made: no answer from ${this.#origins.broadcaster}.`;
    }
    setText(this.#status, text);
  }

  /** What a link opens: the page, the pages beside it if the heat is that of a group, or the site. */
  #scope() {
    const { page, group } = this.#shown();
    const site = siteOf(page);
    if (this.#isOfSite) return { page: site ? `//${site}/` : "/", below: true };
    return group ? { page: rootOf(group), below: true } : { page, below: false };
  }

  async #savePicture() {
    const { page, group, range, chosen, layer } = this.#shown();
    if (!range) return;
    const address = historyAddress(this.#origins.history, "png", group || page, {
      ...spanOf(range),
      ...chosen,
      layer: PICTURED.includes(layer) ? layer : "clicks",
      legend: "top-right",
      zone: zoneOf(range.from),
    });
    let text = "";
    try {
      const answer = await request(address);
      if (answer.ok) {
        const href = globalThis.URL.createObjectURL(await answer.blob());
        element("a", { href, download: `heat ${inputValue(range.from).slice(0, 10)}.png` }).click();
        // The browser has taken it by then.
        setTimeout(() => globalThis.URL.revokeObjectURL(href), 10_000);
        text = "The picture is saved.";
      } else text = String((await answer.json()).error);
    } catch {
      text = "No picture: the history does not answer.";
    }
    setText(this.#status, text);
  }
}

/** @param {string | null} token @param {number} ends ms since the epoch */
function copiedText(token, ends) {
  if (!token) return "Copied. Heat needs no token here: the plain link is enough.";
  const until = formatMoment(ends, Date.now());
  return `Copied. Until ${until} whoever has the link may look, and change nothing: send it as you would a password.`;
}

/** The page above all those of a group. @param {string} pattern */
const rootOf = (pattern) => pattern.split(/\/(?:\*|:)/)[0] || "/";
