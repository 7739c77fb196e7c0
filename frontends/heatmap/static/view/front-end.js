/** What the heat-map front end, from which this module comes, says about itself. */

/** Where it says that, as a module. */
export const SETTINGS = new URL("../settings.js", import.meta.url).href;

/**
 * Its settings as they are now; fails when there is no answer.
 *
 * @returns {Promise<import("../core/site.js").Settings>}
 */
export async function loadSettings() {
  return (await import(SETTINGS)).settings;
}
