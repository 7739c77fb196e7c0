/**
 * Keeps a site's own addresses here when its scripts use them, and starts the overlay.
 *
 * The front end adds this script to each page of the site, before all others; `data-own` has the site's hosts.
 * The proxy turns what is in markup and style sheets. What scripts put together is turned here, where it is
 * used: requests, sockets, workers, routes, links, forms, navigations, and elements that scripts make.
 * The texts of scripts stay as they are: they are also data, which may be sent back to the site.
 *
 * A classic script: modules run after the page's own scripts, and one in front of the site's import map
 * would void that in Firefox. So the overlay, which is a module, is added at the end.
 */
import { turnCalls, turnedAt, turning, turnRequests, wrap } from "./turning.js";

const tag = /** @type {HTMLScriptElement} */ (document.currentScript);
const turned = turning(
  tag.dataset.own?.split(" ") ?? [],
  new globalThis.URL(tag.src).origin,
  () => document.baseURI,
);

/** A fragment that asks for a view of the heat: the page's scripts see the page's own, which is in it. */
const VIEW = "#pageheat&";
if (location.hash.startsWith(VIEW)) {
  tag.dataset.view = location.hash;
  const own = new globalThis.URLSearchParams(location.hash.slice(VIEW.length)).get("hash") ?? "";
  const { pathname, search } = location;
  history.replaceState(history.state, "", pathname + search + (own.startsWith("#") ? own : ""));
}

// A form's own properties may be its fields, and those of all are wrapped below.
const { getAttribute, hasAttribute, setAttribute } = Element.prototype;

/** Attributes that are an address. */
const ADDRESSES = ["href", "src", "action", "formaction", "data", "poster", "xlink:href"];

/** Properties that set such an attribute, by class. @type {[string, string[]][]} */
const PROPERTIES = [
  ["HTMLAnchorElement", ["href"]],
  ["HTMLAreaElement", ["href"]],
  ["HTMLBaseElement", ["href"]],
  ["HTMLButtonElement", ["formAction"]],
  ["HTMLEmbedElement", ["src"]],
  ["HTMLFormElement", ["action"]],
  ["HTMLIFrameElement", ["src"]],
  ["HTMLImageElement", ["src"]],
  ["HTMLInputElement", ["formAction", "src"]],
  ["HTMLLinkElement", ["href"]],
  ["HTMLMediaElement", ["src"]],
  ["HTMLObjectElement", ["data"]],
  ["HTMLScriptElement", ["src"]],
  ["HTMLSourceElement", ["src"]],
  ["HTMLTrackElement", ["src"]],
];

/** Whether an element is the overlay's link to the site itself. @param {any} node */
const leadsAway = (node) =>
  node instanceof Element && hasAttribute.call(node, "data-pageheat-away");

/** Turns what is set as a property. @param {any} prototype @param {string} name @param {(value: any) => any} turn */
const turnSet = (prototype, name, turn) => {
  const property = prototype && Object.getOwnPropertyDescriptor(prototype, name);
  if (!property?.set) return;
  const { set } = property;
  Object.defineProperty(prototype, name, {
    ...property,
    set(value) {
      set.call(this, leadsAway(this) ? value : turn(value));
    },
  });
};

/** Turns an element's attribute. @param {Element} element @param {string} name */
const turnAttribute = (element, name) => {
  const value = getAttribute.call(element, name);
  if (value === null || leadsAway(element)) return;
  if (turned(value) !== value) setAttribute.call(element, name, turned(value));
};

/** A cookie without what this host may not set. @param {any} cookie */
const settable = (cookie) => {
  const unusable =
    location.protocol === "https:"
      ? /^\s*domain\s*=/i
      : /^\s*(?:domain\s*=|secure\s*$|partitioned\s*$|samesite\s*=\s*none)/i;
  const [pair, ...attributes] = String(cookie).split(";");
  return [pair, ...attributes.filter((each) => !unusable.test(each))].join(";");
};

turnRequests(turned);
const { History, ServiceWorkerContainer, Worklet } = /** @type {any} */ (window);
turnCalls(window, "open", 0, turned);
turnCalls(Navigator.prototype, "sendBeacon", 0, turned);
turnCalls(History.prototype, "pushState", 2, turned);
turnCalls(History.prototype, "replaceState", 2, turned);
turnCalls(ServiceWorkerContainer?.prototype, "register", 0, turned);
turnCalls(Worklet?.prototype, "addModule", 0, turned);

for (const [name, properties] of PROPERTIES) {
  for (const property of properties) {
    turnSet(/** @type {any} */ (window)[name]?.prototype, property, turned);
  }
}
turnSet(Document.prototype, "cookie", settable);
for (const [name, place] of /** @type {const} */ ([
  ["setAttribute", 0],
  ["setAttributeNS", 1],
])) {
  wrap(Element.prototype, name, {
    apply: (set, element, given) => {
      const isAddress = ADDRESSES.includes(String(given[place]).toLowerCase());
      const turns = isAddress && !leadsAway(element);
      return Reflect.apply(set, element, turns ? turnedAt(given, place + 1, turned) : given);
    },
  });
}

wrap(HTMLFormElement.prototype, "submit", {
  apply: (submit, form, given) => {
    turnAttribute(form, "action");
    return Reflect.apply(submit, form, given);
  },
});

/** @param {SubmitEvent} event */
const turnForm = ({ target, submitter }) => {
  if (target instanceof HTMLFormElement) turnAttribute(target, "action");
  if (submitter) turnAttribute(submitter, "formaction");
};

/** Turns links that came as markup from a script. @param {Event} event */
const turnLinks = (event) => {
  for (const node of event.composedPath()) {
    if (!(node instanceof Element) || !["a", "area"].includes(node.localName)) continue;
    turnAttribute(node, "href");
    turnAttribute(node, "xlink:href");
  }
};

const listen = () => {
  addEventListener("submit", turnForm, true);
  for (const type of ["click", "auxclick", "contextmenu", "dragstart"]) {
    addEventListener(type, turnLinks, true);
  }
};
listen();

// `location` can't be wrapped. What sets it can be told only as it leaves.
/** @type {any} */ (window).navigation?.addEventListener("navigate", (/** @type {any} */ event) => {
  const { url } = event.destination;
  const target = turned(url);
  if (target === url || !event.cancelable || event.formData || event.downloadRequest != null) {
    return;
  }
  event.preventDefault();
  const replaces = event.navigationType === "replace";
  // Not within the navigation that is given up.
  queueMicrotask(() => location[replaces ? "replace" : "assign"](target));
});

const startOverlay = () => {
  const overlay = document.createElement("script");
  overlay.type = "module";
  overlay.src = tag.dataset.overlay ?? "";
  // The overlay reads its settings from this script's tag, unless the page has removed it.
  if (!tag.isConnected) Object.assign(overlay.dataset, tag.dataset);
  // Not to the head: on some pages, a frame of that name takes its place.
  document.documentElement.append(overlay);
};
document.addEventListener("DOMContentLoaded", startOverlay);

// `document.open` removes all listeners and this script's tag, and what is written may never be complete.
let root = document.documentElement;
new MutationObserver(() => {
  const { documentElement } = document;
  if (!documentElement || documentElement === root) return;
  root = documentElement;
  listen();
  startOverlay();
}).observe(document, { childList: true });
