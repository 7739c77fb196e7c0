/**
 * Reads nodes by what browsers give them. On a page, a form's input called `attributes` hides the form's
 * property of that name, and a form called `body` the document's.
 *
 * Tracker and overlay share this file, so that heat is drawn where it was counted.
 */

/** A property. @param {any} node @param {string} name @returns {any} */
export const read = (node, name) => Reflect.get(Object.getPrototypeOf(node), name, node);

/** The result of a method. @param {any} node @param {string} name @param {...any} args @returns {any} */
export const call = (node, name, ...args) => read(node, name).apply(node, args);

/** @param {string} selector @returns {Element[]} the page's elements, in document order */
export const findAll = (selector) => [...call(document, "querySelectorAll", selector)];

/**
 * The element on which another one is seen: a part of a picture (`<area>`), which has no box, on the picture.
 * @param {Element} element
 * @returns {Element}
 */
export const seenOn = (element) => {
  const map = element instanceof HTMLAreaElement && element.closest("map");
  const [picture] = map ? findAll(`[usemap="#${CSS.escape(map.name)}"]`) : [];
  return picture || element;
};
