/**
 * The overlay: live heat over the page that this module is loaded into.
 *
 * Loaded by a tag with `data-pageheat-overlay`, it starts automatically; otherwise (for example from a
 * bookmarklet) `mount` starts it. It uses nothing of the page and exists at most once; `remove` removes
 * it completely.
 *
 * @typedef {{
 *   broadcaster: string, history?: string, site?: string, siteName?: string,
 *   pages?: import("./core/naming.js").Rules, view?: string,
 * }} Options
 *   Origins of the broadcaster, the history, and the site where the page can be visited; `siteName` is the name of
 *   the page's site in the setting `SITES`, omitted for the default site; `pages`: what tells pages apart; `view`:
 *   the fragment of the address, if it asked for a view and was taken off already.
 */

import { PATHS_ALONE, pageAddress, pageKey } from "./core/address.js";
import { barrierOf, forbids } from "./core/barrier.js";
import { describe, serviceTime } from "./core/connection.js";
import { read } from "./core/dom.js";
import { ignoredPart } from "./core/ignored.js";
import { textOf } from "./core/looks-text.js";
import { rankedBy, rowsOf } from "./core/plan.js";
import { NOTHING, shownOf } from "./core/shown.js";
import { linkTo, viewOf } from "./core/view-link.js";
import { ColdCheck } from "./view/cold-check.js";
import { dispatch } from "./view/dispatch.js";
import { Drawer } from "./view/drawer.js";
import { element, styleSheet } from "./view/element.js";
import { ElementList } from "./view/element-list.js";
import { Foot } from "./view/foot.js";
import { takeHandedViews } from "./view/handed-view.js";
import { HeatView } from "./view/heat-view.js";
import { Host, MARK, REMOVE } from "./view/host.js";
import { listenToFoldKey } from "./view/keys.js";
import { Panel } from "./view/panel.js";
import { forgetPreferences, loadPreferences, savePreferences } from "./view/preferences.js";
import { Reading } from "./view/reading.js";
import { watchRoutes } from "./view/routes.js";
import { scrollTo } from "./view/scroll-to.js";
import { explain } from "./view/state-text.js";
import { forgetToken, giveToken, takeHandedToken } from "./view/token.js";
import { Watch } from "./view/watch.js";

const TAG = "pageheat-overlay";

/** What a page says that is made for showing ours. */
const TOUR = 'meta[name="pageheat-tour"]';

/** Interval for updating ages, which are in seconds, and for measuring the document. */
const TICK_MS = 1000;

/**
 * Shows the overlay. Does nothing if it is shown already.
 *
 * @param {Options} options
 */
export function mount(options) {
  if (!document.querySelector(TAG)) new Overlay(options);
}

/** Removes the overlay, whichever copy of this module showed it, and everything it stored. */
export function remove() {
  dispatch(document.querySelector(TAG), REMOVE);
}

class Overlay {
  #host = new Host(
    TAG,
    () => this.#restart(),
    () => this.heat.redraw(),
  );
  #options;
  #preferences = loadPreferences();
  #shown = NOTHING;
  #live = NOTHING;
  #pausedAt = 0;
  /** @type {import("./core/barrier.js").Barrier | null} */
  #barrier;
  #ending = new AbortController();
  #coldCheck = new ColdCheck(() => this.#update());

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#barrier = barrierOf(location.protocol, options.broadcaster);
    this.panel = new Panel(
      this.#preferences,
      {
        preferencesChanged: (preferences) => this.#prefer(preferences),
        pauseToggled: () => this.#togglePause(),
        elementsToggled: () => {
          this.list.toggle();
          this.#updateList();
        },
        drawerToggled: () => this.drawer.toggle(),
      },
      this.#host.node,
    );
    this.heat = new HeatView(this.#host.node, this.#preferences, {
      scalesChanged: (scales) => this.panel.scale(scales),
      elementsChanged: () => this.#updateList(),
    });
    this.reading = new Reading(this.heat.stage, this.#host.node, () => this.#read());
    this.drawer = new Drawer(options.broadcaster, (hadFocus) => {
      if (hadFocus) this.panel.drawerButton.focus();
    });
    this.list = new ElementList(this.heat.anchors, {
      pointed: (selector) => this.heat.point(selector),
      chosen: (selector) => scrollTo(this.heat.anchors.get(selector)?.element),
      closed: (hadFocus) => {
        if (hadFocus) this.panel.elementsButton.focus();
      },
    });
    this.foot = new Foot({
      history: options.history ?? "",
      broadcaster: options.broadcaster,
      page: () => this.#page,
      preferences: () => this.#preferences,
      heat: this.heat,
      changed: () => this.#update(),
      prefer: (changes) => this.panel.adopt(changes),
      lift: (px) => this.#lift(px),
      link: (view) => linkTo(location.href, { ...this.#preferences, ...view }),
    });
    takeHandedToken(this.#ending.signal);
    let handed = viewOf(options.view ?? "")?.view;
    if (handed?.token) giveToken(handed.token);
    takeHandedViews((view) => {
      if (this.watch) this.#showView(view);
      else handed = view;
    }, this.#ending.signal);
    const { band } = this.#preferences;
    this.watch = new Watch(options.broadcaster, this.#page, band, () => this.#update());
    this.#assemble();
    this.#observe();
    this.#update();
    if (handed) this.#showView(handed);
    else this.foot.resume();
  }

  get #page() {
    return pageKey(location, this.#options.siteName, this.#pages);
  }

  get #pages() {
    return this.#options.pages ?? PATHS_ALONE;
  }

  #assemble() {
    const { root } = this.#host;
    const sheets = ["theme.css", "board.css", "overlay.css", "sides.css"].map(styleSheet);
    const { panel, list, drawer, heat, foot } = this;
    foot.node.hidden = this.#preferences.hidden;
    const parts = [panel.node, list.node, foot.node, drawer.node];
    const ours = element("div", { class: "ours", hidden: true }, ...parts);
    // Without its style sheets the panel would be unusable.
    const loaded = sheets.map(
      (sheet) => new Promise((done) => sheet.addEventListener("load", done)),
    );
    Promise.all(loaded).then(() => {
      ours.hidden = false;
      panel.placing.look();
      this.#offerTour(ours);
    });
    root.append(...sheets, ...heat.stage.nodes, ours);
    const { signal } = this.#ending;
    // Before the host's seal, which keeps keys on our parts.
    listenToFoldKey(() => this.#toggleFolded(), signal);
    this.reading.start(signal);
    this.#host.show(signal);
    panel.placing.start(signal);
    heat.fit();
    heat.apply(this.#preferences);
  }

  /** On the demo shop's pages, until it was offered once. @param {HTMLElement} ours */
  async #offerTour(ours) {
    const { signal } = this.#ending;
    if (!document.querySelector(TOUR) || signal.aborted) return;
    const { offerTour } = await import("./tour/tour.js");
    if (!signal.aborted) offerTour(ours, signal);
  }

  #observe() {
    const { signal } = this.#ending;
    const fit = () => this.heat.fit();
    const sizes = new ResizeObserver(fit);
    /** @type {Set<Element>} */
    const observed = new Set();
    const observe = () => {
      // Some pages replace their body, and a document may have none.
      for (const it of [document.documentElement, read(document, "body")]) {
        if (it && !observed.has(it)) sizes.observe(it);
        if (it) observed.add(it);
      }
    };
    observe();
    const stopRoutes = watchRoutes(() => {
      this.watch.watch(this.#page, this.#preferences.band);
      this.foot.strip?.follow();
      fit();
    });
    // The page's height can change without a resize of its boxes, and ages grow.
    const tick = setInterval(() => {
      this.#host.keep();
      this.panel.placing.look();
      observe();
      fit();
      this.#update();
    }, TICK_MS);
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      stopRoutes();
      clearInterval(tick);
    });
    addEventListener("resize", fit, { signal });
    document.addEventListener(
      "securitypolicyviolation",
      (event) => {
        if (!forbids(event, this.#options.broadcaster)) return;
        this.#barrier = "policy";
        this.#update();
      },
      { signal },
    );
    this.#host.node.addEventListener(REMOVE, () => this.#remove(), { signal });
  }

  /** Shows the range that was chosen, else what is live. */
  #update() {
    const past = this.foot.strip?.past ?? null;
    this.foot.update(past?.label ?? null);
    if (past) this.#updatePast(past);
    else this.#updateLive();
    this.#updateList();
    this.#read();
  }

  /** @param {NonNullable<import("./time/strip.js").Strip["past"]>} past */
  #updatePast({ label, detail, isLoading, when, message, shown, bands }) {
    const page = this.#page;
    this.#shown = shown?.page === page ? shown : { ...NOTHING, page };
    this.heat.show(this.#shown);
    this.panel.node.dataset.page = page;
    this.panel.page.update(page, ignoredPart(location, this.#pages));
    const { grid, breakdown } = this.#shown;
    this.panel.update({
      condition: "past",
      word: label,
      detail,
      isLoading,
      when,
      message,
      visit: null,
      paused: false,
      grid,
      division: breakdown?.division,
      bands,
    });
  }

  /** Shows the connection's data, unless paused. */
  #updateLive() {
    const { connection } = this.watch;
    const now = performance.now();
    const anotherPage = this.panel.node.dataset.page !== connection.page;
    if (anotherPage) this.#pausedAt = 0;
    this.panel.node.dataset.page = connection.page;
    if (!this.#pausedAt) {
      this.#live = shownOf(this.#live, connection, this.#preferences.band);
    }
    this.#shown = this.#live;
    this.heat.show(this.#shown);
    const { condition, age } = describe(connection, now);
    const text = explain({
      condition,
      age,
      pausedFor: this.#pausedAt ? now - this.#pausedAt : null,
      grid: this.#shown.grid,
      serviceTime: serviceTime(connection, now),
      broadcaster: this.#options.broadcaster,
      barrier: this.#barrier,
      refusal: connection.refusal,
      cause: this.#coldCheck.reason(condition === "cold" ? connection.page : null, now),
    });
    const { site } = this.#options;
    this.panel.page.update(
      connection.status?.page || connection.page,
      ignoredPart(location, this.#pages),
    );
    const visit = condition === "cold" && site ? pageAddress(site, connection.page) : null;
    const paused = this.#pausedAt > 0;
    const { grid, breakdown } = this.#shown;
    const { bands = [], division } = breakdown ?? {};
    this.panel.update({ condition, ...text, visit, paused, when: null, grid, division, bands });
  }

  /** Shows what a link asks for. @param {import("./core/view-link.js").View} view */
  async #showView(view) {
    const { layer = this.#preferences.layer, kind = this.#preferences.kind, chosen } = view;
    this.panel.adopt({ layer, kind, band: chosen.band ?? "" });
    const strip = await this.foot.load();
    strip?.show(view);
  }

  /** Leaves room at the window's foot. @param {number} px */
  #lift(px) {
    this.panel.node.parentElement?.style.setProperty("--foot", `${px}px`);
    this.panel.placing.lift(px);
  }

  /** Says what the values of a layer across the page are, where the analyst points. */
  #read() {
    const rows = rowsOf(this.#preferences.layer);
    const at = rows && this.reading.at;
    const text = rows && at && textOf(rows, this.#shown.grid, at);
    this.panel.looks.update(text);
    this.heat.read(at?.pointed && text?.value ? at.y : null, text?.value ?? "");
  }

  #updateList() {
    const { elements, count, views, changes } = this.#shown;
    const of = count === "views" ? views : undefined;
    this.list.update(elements, rankedBy(this.#preferences), of, changes);
  }

  /** Hides everything of ours but a dot and the heat, or shows the panel. */
  #toggleFolded() {
    const folded = !this.panel.isFolded;
    if (folded) {
      this.list.close();
      this.drawer.close();
    }
    this.panel.setFolded(folded, folded);
  }

  #togglePause() {
    this.#pausedAt = this.#pausedAt ? 0 : performance.now();
    this.#update();
  }

  /** @param {import("./view/preferences.js").Preferences} preferences */
  #prefer(preferences) {
    this.#preferences = preferences;
    savePreferences(preferences);
    this.heat.apply(preferences);
    this.watch.watch(this.#page, preferences.band);
    this.foot.node.hidden = preferences.hidden;
    this.foot.strip?.follow();
    this.#update();
  }

  #remove() {
    this.#stop();
    forgetPreferences();
    forgetToken();
  }

  #restart() {
    this.#stop();
    mount(this.#options);
  }

  #stop() {
    this.#ending.abort();
    this.watch.close();
    this.foot.close();
    this.drawer.close();
    this.heat.remove();
  }
}

/** Whether the parent page, if any, shows the overlay already. */
function isInside() {
  try {
    return window !== parent && parent.document.querySelector(`[${MARK}]`) !== null;
  } catch {
    // The parent is of another origin: assume it has no overlay.
    return false;
  }
}

const tag = /** @type {HTMLElement | null} */ (
  document.querySelector(`script[${MARK}][data-broadcaster]`)
);
if (tag?.dataset.broadcaster && !isInside()) {
  const { broadcaster, history, site, siteName, pageQuery, hashRoutes, view } = tag.dataset;
  const query = pageQuery?.split(",") ?? [];
  const pages = { query, hashRoutes: hashRoutes !== undefined };
  mount({ broadcaster, history, site, siteName, pages, view });
}
