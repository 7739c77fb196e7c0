/**
 * What of the heat somebody looks at, as a fragment that is appended to a page's address. Pure.
 *
 * Browsers never send it, and it is taken off before the page's scripts see it; the page's own fragment is in it.
 *
 * @typedef {{ from: number, to: number }} Span ms since the epoch
 * @typedef {{
 *   span: Span | null, than: Span | null, thanChosen?: Record<string, string>, curtain?: boolean,
 *   layer?: import("./plan.js").LayerChoice, kind?: import("./plan.js").ClickKind, count: "events" | "views",
 *   chosen: Record<string, string>, group?: string, token?: string,
 * }} View
 *   `span` is null for the live heat; `than`: what it is compared with, or `thanChosen`, other visitors of the same;
 *   `curtain`: by a curtain; `chosen`: only these visitors; `group`: the heat of all
 *   pages of this pattern; `token`: with which one may look.
 */

const HANDED = /^#pageheat&(.*)$/s;

const LAYERS = ["moves", "clicks", "both", "dwell", "attention", "scroll"];
const KINDS = ["clicks", "rage", "dead"];

/** By what visitors are chosen. */
const CHOSEN = ["band", "referrer", "source", "medium", "campaign", "segment"];

/**
 * The address that shows the view.
 *
 * @param {string} href of the page
 * @param {View} view
 */
export function linkTo(href, view) {
  const { span, than, thanChosen = {}, curtain, layer, kind, count, chosen, group, token } = view;
  const address = new globalThis.URL(href);
  const fields = new globalThis.URLSearchParams();
  const add = (/** @type {string} */ name, /** @type {Span | null} */ it) => {
    if (!it) return;
    fields.set(`${name}from`, minute(it.from));
    fields.set(`${name}to`, minute(it.to));
  };
  add("", span);
  add("than-", than);
  if (layer) fields.set("layer", layer);
  if (kind && kind !== "clicks") fields.set("kind", kind);
  if (count === "views") fields.set("count", count);
  for (const name of CHOSEN) {
    if (chosen[name] !== undefined) fields.set(name, chosen[name]);
    if (thanChosen[name] !== undefined) fields.set(`than-${name}`, thanChosen[name]);
  }
  if (curtain) fields.set("curtain", "true");
  if (group) fields.set("group", group);
  if (token) fields.set("token", token);
  if (address.hash) fields.set("hash", address.hash);
  // These are allowed there, and read better.
  address.hash = `pageheat&${String(fields).replace(/%3A/g, ":").replace(/%2F/g, "/")}`;
  return address.href;
}

/**
 * The view that a fragment asks for, and the page's own fragment; null if it asks for none.
 *
 * @param {string} hash
 * @returns {{ view: View, hash: string } | null}
 */
export function viewOf(hash) {
  const handed = HANDED.exec(hash);
  if (!handed) return null;
  const fields = new globalThis.URLSearchParams(handed[1]);
  const one = (/** @type {string} */ name, /** @type {string[]} */ known) => {
    const value = fields.get(name);
    return value !== null && known.includes(value) ? value : undefined;
  };
  const chosenBy = (/** @type {string} */ prefix) => {
    /** @type {Record<string, string>} */
    const chosen = {};
    for (const name of CHOSEN) {
      const value = fields.get(prefix + name);
      if (value !== null) chosen[name] = value;
    }
    return chosen;
  };
  const own = fields.get("hash") ?? "";
  return {
    view: {
      span: spanOf(fields.get("from"), fields.get("to")),
      than: spanOf(fields.get("than-from"), fields.get("than-to")),
      thanChosen: chosenBy("than-"),
      curtain: fields.get("curtain") === "true",
      layer: /** @type {any} */ (one("layer", LAYERS)),
      kind: /** @type {any} */ (one("kind", KINDS)),
      count: fields.get("count") === "views" ? "views" : "events",
      chosen: chosenBy(""),
      group: fields.get("group") ?? "",
      token: fields.get("token") ?? "",
    },
    hash: own.startsWith("#") ? own : "",
  };
}

/** @param {string | null} from @param {string | null} to @returns {Span | null} */
function spanOf(from, to) {
  const span = { from: Date.parse(from ?? ""), to: Date.parse(to ?? "") };
  return span.from < span.to ? span : null;
}

/** "2026-11-28T13:05Z" @param {number} time */
const minute = (time) => `${new Date(time).toISOString().slice(0, 16)}Z`;
