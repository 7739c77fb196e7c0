/** What an element is called, as the page shows it now. */

/** Characters; a row has no room for more. */
const MAX_TEXT = 60;

/** Of a part with more text than this its heading is the name, and the rest isn't laid out for it. */
const LONG_TEXT = 400;

/** What is clicked as a whole: it gives its name to pictures and icons within. */
const WHOLE = "a[href], button, label, figure, li";

/**
 * Its text, or what stands for text, or its tag and where it is.
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
  // What a visitor would type isn't read; what a button says is.
  if (element instanceof HTMLInputElement) {
    return /^(submit|button|reset)$/.test(element.type) ? element.value : null;
  }
  if (element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement) return null;
  const heading = element.querySelector("h1, h2, h3, h4, legend, caption, figcaption");
  if (heading) return heading.textContent;
  if (element.textContent.length > LONG_TEXT) return null;
  // What isn't shown has no text as shown.
  const shown = element instanceof HTMLElement && element.checkVisibility();
  return (shown && element.innerText) || element.textContent;
}

/** @param {string | null | undefined} text @param {number} length */
function shorten(text, length) {
  const line = (text ?? "").replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1).trimEnd()}…` : line;
}
