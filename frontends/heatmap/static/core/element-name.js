/**
 * What an element is called in the list: what is pressed or read, by its text; a container, by its tag and what
 * people called it, since its first words are those of something else.
 *
 * @typedef {{
 *   tag: string, role?: string, label?: string, id?: string, text?: string, heading?: string,
 *   alternative?: string, around?: string, hasParts?: boolean, isPageWide?: boolean,
 * }} Facts
 *   `label` by ARIA; `text` as written in it, "" if that was too long to be read; `heading` if it has exactly
 *   one; `alternative` of a picture or field; `around`: the name of what it is in; `hasParts`: it contains more
 *   than text and its formatting; `isPageWide`: it is as wide as the page, and nearly as high.
 */

/** Characters; a row has no room for more. */
const MAX_CHARS = 60;

/** Tags and roles that are used or read as a whole, however much is in them. */
const WHOLE = new Set(
  (
    "a area button summary label option legend caption figcaption p h1 h2 h3 h4 h5 h6 dt th pre code " +
    "img svg canvas video audio input select textarea iframe " +
    "link menuitem menuitemcheckbox menuitemradio tab checkbox radio switch treeitem heading"
  ).split(" "),
);

export const BLANK = "Blank area";

/** @param {Facts} facts @returns {string} */
export function nameOf(facts) {
  const { tag, role = "", label, id, heading, alternative, isPageWide = false } = facts;
  const text = tidy(facts.text);
  const isWhole = WHOLE.has(tag) || WHOLE.has(role);
  const isShort = text !== "" && text.length <= MAX_CHARS;
  if (isWhole || (isShort && !facts.hasParts && !isPageWide)) {
    // A cross or an arrow says less than its label.
    const names = /[\p{L}\p{N}]{2}/u.test(text)
      ? [heading, text, label]
      : [label, alternative, text];
    const name = [...names, alternative].map(tidy).find(Boolean);
    if (name) return shorten(name, MAX_CHARS);
  } else if (isPageWide) return BLANK;
  const kind = role ? `<${tag}> ${role}` : `<${tag}>`;
  const called = [label, heading, id && `#${id}`].map(tidy).find(Boolean);
  if (called) return shorten(`${kind} ${called}`, MAX_CHARS);
  const around = tidy(facts.around);
  return around ? shorten(`${kind} in ${around}`, MAX_CHARS) : kind;
}

/**
 * Whether a selector tells its element by its place among others, so that another one may be there next time.
 *
 * @param {string} selector
 */
export function isByPlace(selector) {
  return /:nth-of-type\(/.test(selector.replace(/"(\\.|[^"\\])*"/g, ""));
}

/** @param {string | null | undefined} text */
function tidy(text) {
  return (text ?? "").replace(/\s+/g, " ").trim();
}

/** @param {string} line @param {number} length */
function shorten(line, length) {
  return line.length > length ? `${line.slice(0, length - 1).trimEnd()}…` : line;
}
