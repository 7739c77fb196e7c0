/**
 * Writes JSON without JSON's own way through objects: libraries of before 2010 give arrays and objects a
 * `toJSON` that makes text of them.
 */

const { stringify } = JSON; // as pages may replace it, too

/** The JSON of plain data; what is undefined is left out. @param {any} value @returns {string} */
export const toJson = (value) => {
  if (Object(value) !== value) return stringify(value);
  if (Array.isArray(value)) return `[${value.map((it) => toJson(it))}]`;
  const names = Object.keys(value).filter((name) => value[name] !== undefined);
  const members = names.map((name) => `"${name}":${toJson(value[name])}`);
  return `{${members}}`;
};
