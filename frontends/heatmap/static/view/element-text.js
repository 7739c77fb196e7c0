/** An element's name, as the page shows it now. */

/** Characters; a row has no room for more. */
const MAX_TEXT = 60;

/** An element with more text than this is named by its heading only, which saves layout. */
const LONG_TEXT = 400;

/** Elements that are clicked as a whole: they name the pictures and icons inside. */
const WHOLE = "a[href], button, label, figure, li";

/**
 * Its text, or a text alternative, or its tag and its surroundings.
 *
 * @param {Element} element
 */
export function textOf(element) {
  for (const text of names(element)) {
    const name = shorten(text, MAX_TEXT);
    if (name) return name;
  }
  const tag = `<${element.localName}>`;
  const whole = element.parentElement?.closest(WHOLE);
  const around = whole && shorten(writtenIn(whole), MAX_TEXT - tag.length - 4);
  return around ? `${tag} in ${around}` : tag;
}

/** @param {Element} element @returns {Generator<string | null | undefined>} */
function* names(element) {
  yield writtenIn(element);
  for (const name of ["aria-label", "alt", "placeholder", "title"])
    yield element.getAttribute(name);
  for (const name of ["alt", "aria-label"]) {
    yield element.querySelector(`[${name}]:not([${name}=""])`)?.getAttribute(name);
  }
}

/** @param {Element} element */
function writtenIn(element) {
  // Visitors' input is not read; a button's text is.
  if (element instanceof HTMLInputElement) {
    return /^(submit|button|reset)$/.test(element.type) ? element.value : null;
  }
  if (element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement) return null;
  const heading = element.querySelector("h1, h2, h3, h4, legend, caption, figcaption");
  if (heading) return heading.textContent;
  if (element.textContent.length > LONG_TEXT) return null;
  // Hidden elements have no `innerText` as shown.
  const shown = element instanceof HTMLElement && element.checkVisibility();
  return (shown && element.innerText) || element.textContent;
}

/** @param {string | null | undefined} text @param {number} length */
function shorten(text, length) {
  const line = (text ?? "").replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1).trimEnd()}…` : line;
}
