/**
 * Whose page views are shown: by width band and by where they came from. Several at once. Pure.
 *
 * @typedef {"band" | "referrer" | "source" | "medium" | "campaign" | "segment"} Attribute
 * @typedef {Partial<Record<Attribute, string>>} Chosen "" is: those without one
 */

/** @type {readonly Attribute[]} */
export const ATTRIBUTES = ["band", "referrer", "source", "medium", "campaign", "segment"];

/** @type {Record<Attribute, string>} */
export const NAMES = {
  band: "Width",
  referrer: "Referrer",
  source: "Source",
  medium: "Medium",
  campaign: "Campaign",
  segment: "Segment",
};

/** Where there is nothing to choose from, or not yet. */
export const ALIKE = "All page views here are alike.";
export const LOADING = "loading";

/** The choice with another value; undefined for any. @param {Chosen} chosen @param {Attribute} name @param {string | undefined} value */
export function choosing(chosen, name, value) {
  const next = { ...chosen };
  delete next[name];
  return value === undefined ? next : { ...next, [name]: value };
}

/** @param {Chosen} chosen @returns {Attribute[]} */
export const chosenOf = (chosen) => ATTRIBUTES.filter((name) => chosen[name] !== undefined);

/** @param {Chosen} one @param {Chosen} other */
export const isSameChoice = (one, other) => ATTRIBUTES.every((name) => one[name] === other[name]);

/**
 * In what two choices differ, for people.
 *
 * @param {Chosen} own
 * @param {Chosen} other
 */
export function differenceBetween(own, other) {
  const names = ATTRIBUTES.filter((name) => own[name] !== other[name]);
  const of = (/** @type {Chosen} */ chosen) =>
    chosenText(Object.fromEntries(names.map((name) => [name, chosen[name]]))) || "all";
  return { own: of(own), other: of(other) };
}

/** A value for people. @param {Attribute} name @param {string} value */
export function valueText(name, value) {
  if (value === "") return name === "referrer" ? "direct" : "none";
  if (name === "band") return value === "unknown" ? "unknown width" : value;
  return value === "internal" ? "own site" : value;
}

/** What is chosen, for people: "phone, news.example"; "" for all. @param {Chosen} chosen */
export function chosenText(chosen) {
  return chosenOf(chosen)
    .map((name) => {
      const value = chosen[name] ?? "";
      const text = valueText(name, value);
      return value === "" && name !== "referrer" ? `no ${NAMES[name].toLowerCase()}` : text;
    })
    .join(", ");
}
