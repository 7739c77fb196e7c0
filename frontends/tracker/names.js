/**
 * Names elements by what lasts: by ids and attributes that people gave them, and items of lists by their link or
 * by the thing that they show. Items change places: a place would soon tell of another one.
 *
 * `#buy`, `[data-part="price"]`, `[data-sku="A1"]`, `a[href$="/p/7"]`, `li:has(a[href$="/p/7"])`.
 */

import { call, findAll, read } from "./dom.js";
import { quietly } from "./quietly.js";

const MAX_INNER = 50; // elements of an item that are read …
const MAX_NAMES = 6; // … and names in it: each is looked for in the whole page
const ID = /^[a-z_][a-z_-]{0,63}$/i; // a program made an id with digits
const DATA_NAME = /^data(-[a-z]+)+([-_][a-z]+)*$/;
const DATA_VALUE = /^[a-z_ -]{1,64}$/i; // a program made a value with digits …
// … unless it is the number of what is sold or read, the same for all visitors.
const THING = /[-_](article|item|post|product|sku|slug)\b/;
const THING_VALUE = /^[\w. -]{1,64}$/;
// Words in a data- attribute's name or value that say an element's state or its owner.
const UNFIT =
  " account active align author color current customer direction email false index lang member mode off on " +
  "open orientation owner placement position selected side size state status step theme true user username " +
  "value variant ";
// A link's path, without its host, query and fragment; a route in the fragment is one, too.
const LINK = /^(?:(?:https?:)?\/\/[^/?#]+)?(#?[^\s"'\\?#@:;=()]{2,128})([?#]|$)/;
const SECRET = /%40|(?=\D{0,11}\d)[a-z\d]{12}/i; // an e-mail address, or a key, or a telephone number
const ITEM = /^(a|article|li|tr)$/;

/** A selector by a data- attribute, "" if it may not last. @param {Attr} attribute */
const dataName = ({ name, value }) => {
  const words = [...name.split(/[-_]/), value.toLowerCase()];
  if (!DATA_NAME.test(name) || words.some((word) => UNFIT.includes(` ${word} `))) return "";
  const isThing = THING.test(name) && THING_VALUE.test(value) && !SECRET.test(value);
  return isThing || DATA_VALUE.test(value) ? `[${name}="${value}"]` : "";
};

/** A selector by a link's path, "" if that is of no use. @param {Attr} attribute `href` */
const linkName = ({ value }) => {
  const [, path, rest] = LINK.exec(value) || [];
  // By its end, as the host may be written or not; by a part of it if a query or fragment follows.
  return path && !SECRET.test(path) ? `a[href${rest ? "*" : "$"}="${path}${rest}"]` : "";
};

/** The names of an element in a list, by its link and its thing. @param {Element} element */
const itemNames = (element) =>
  [...read(element, "attributes")].map((it) =>
    it.name === "href" && read(element, "localName") === "a"
      ? linkName(it)
      : (THING.test(it.name) && dataName(it)) || "",
  );

/** Whether two elements are made alike, as items of one list are. @param {Element} one @param {Element | null} other */
const areAlike = (one, other) => {
  if (!other) return false;
  const [type, otherType] = [one, other].map((it) => read(it, "localName"));
  const [look, otherLook] = [one, other].map((it) => call(it, "getAttribute", "class"));
  return type === otherType && (ITEM.test(type) || (look && look === otherLook));
};

/** Whether the element is one of several alike. @param {Element} element */
const isItem = (element) =>
  ["previousElementSibling", "nextElementSibling"].some((side) =>
    areAlike(element, read(element, side)),
  );

/** A selector that matches no other element; the element itself may be gone by now. @type {import("./target.js").Naming} */
export const nameElement = quietly((element) => {
  const id = read(element, "id");
  const names = [...read(element, "attributes")].map(dataName).sort();
  if (ID.test(id)) names.unshift(`#${id}`);
  if (isItem(element)) {
    const inner = [...call(element, "querySelectorAll", "*")].slice(0, MAX_INNER);
    const type = CSS.escape(read(element, "localName"));
    const within = inner.flatMap(itemNames).filter(Boolean);
    names.push(...itemNames(element), ...within.map((name) => `${type}:has(${name})`));
  }
  return names
    .filter(Boolean)
    .slice(0, MAX_NAMES)
    .find((name) => findAll(name).every((it) => it === element));
});
