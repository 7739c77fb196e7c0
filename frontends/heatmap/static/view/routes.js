/** Detects route changes of a single-page site, however it makes them. Nothing of the page is changed. */

/** Interval of looking at the address in browsers without the Navigation API, ms: a cheap comparison. */
const LOOK_MS = 200;

/**
 * Calls `changed` after each address change within the document.
 *
 * @param {() => void} changed
 * @returns {() => void} stops
 */
export function watchRoutes(changed) {
  const ending = new AbortController();
  const { signal } = ending;
  let { href } = location;
  const look = () => {
    if (location.href === href) return;
    href = location.href;
    changed();
  };
  addEventListener("popstate", look, { signal });
  addEventListener("hashchange", look, { signal });
  const entries = navigationOf(window);
  if (entries) {
    entries.addEventListener("currententrychange", look, { signal });
  } else {
    const looking = setInterval(look, LOOK_MS);
    signal.addEventListener("abort", () => clearInterval(looking));
  }
  return () => ending.abort();
}

/**
 * The Navigation API, if the browser has it and the page has no variable of that name.
 *
 * @param {any} global
 * @returns {EventTarget | null}
 */
function navigationOf({ navigation, Navigation }) {
  return Navigation && navigation instanceof Navigation ? navigation : null;
}
