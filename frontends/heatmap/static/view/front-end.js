/** Settings of the heat-map front end that serves this module. */

/** Address of the settings module. */
export const SETTINGS = new globalThis.URL("../settings.js", import.meta.url).href;

/** A module that pages of any origin may load. */
const PUBLIC = new globalThis.URL("../core/site.js", import.meta.url).href;

/**
 * The current settings; rejects if the front end does not answer, or refuses this page's origin.
 *
 * @returns {Promise<import("../core/site.js").Settings>}
 */
export async function loadSettings() {
  return (await import(SETTINGS)).settings;
}

/** Whether the front end answers now: a refusal of the settings looks like no answer. */
export async function isAnswering() {
  try {
    await import(`${PUBLIC}?${Date.now()}`); // an address that was not loaded before
    return true;
  } catch {
    return false;
  }
}
