/** Creates DOM without markup: text stays text, and pages may require Trusted Types. */

/** @typedef {Node | string | null} Child */

/**
 * An element with attributes, listeners (`onclick: …`) and children.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | EventListener>} [attributes] true: present and empty; false: absent
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    // A page's Content-Security-Policy may forbid style attributes, but not this.
    else if (name === "style") made.style.cssText = String(value);
    else if (value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/**
 * A line icon on a 16 × 16 field, in the colour of the text around it.
 *
 * @param {string} path
 */
export function icon(path) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(namespace, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/**
 * A button with an icon and an accessible name.
 *
 * @param {string} label
 * @param {string} path of the icon
 * @param {EventListener} onclick
 */
export function iconButton(label, path, onclick) {
  const attributes = { type: "button", class: "icon", "aria-label": label, title: label, onclick };
  return element("button", attributes, icon(path));
}

/**
 * Sets text only if it differs: unchanged text costs no layout and is not read out again.
 *
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Takes a node from where it is; old libraries' own `remove` fails if that is nowhere. @param {Node} node */
export function detach(node) {
  node.parentNode?.removeChild(node);
}

/** @param {string} path of a style sheet beside this folder */
export function styleSheet(path) {
  const href = new globalThis.URL(`../${path}`, import.meta.url).href;
  return element("link", { rel: "stylesheet", href });
}
