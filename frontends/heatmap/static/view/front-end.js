/** Settings of the heat-map front end that serves this module. */

/** Address of the settings module. */
export const SETTINGS = new URL("../settings.js", import.meta.url).href;

/**
 * The current settings; rejects if the front end does not answer.
 *
 * @returns {Promise<import("../core/site.js").Settings>}
 */
export async function loadSettings() {
  return (await import(SETTINGS)).settings;
}
