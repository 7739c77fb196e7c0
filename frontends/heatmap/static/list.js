/** The page that lists pages: those that are warm now, and those of any range of time. */

import { loadGroups, saveGroups } from "./list/accepted.js";
import { choiceOf, fragmentOf, LIVE } from "./list/choice.js";
import { PastList } from "./list/past-list.js";
import { RangeBar } from "./list/range-bar.js";
import { BoardList } from "./view/board-list.js";
import { takeHandedToken } from "./view/token.js";

/** @typedef {import("./list/choice.js").Choice} Choice */

const THUMBNAIL_BOX = { width: 76, height: 84 };

const TITLES = { live: "Warm pages", past: "Pages" };

takeHandedToken();
const place = /** @type {HTMLElement} */ (document.querySelector("[data-broadcaster]"));
const title = /** @type {HTMLElement} */ (document.querySelector("h1"));
const { broadcaster = "", history: historyOrigin = "" } = place.dataset;
const live = new BoardList(broadcaster, THUMBNAIL_BOX);
const past = new PastList(historyOrigin, show);
const bar = new RangeBar((range) => show({ ...choice, range }));
/** @type {Choice} */
let choice = read();

/** The choice of the address; without one what is warm now. */
function read() {
  return choiceOf(location.hash, Date.now()) ?? { ...LIVE, groups: loadGroups() };
}

/** @param {Choice} chosen */
function show(chosen) {
  if (chosen.groups !== choice.groups) saveGroups(chosen.groups);
  choice = chosen;
  const address = location.pathname + location.search + fragmentOf(choice);
  history.replaceState(history.state, "", address);
  update();
}

function update() {
  const { range } = choice;
  bar.update(range);
  const [shown, other] = range ? [past.node, live.node] : [live.node, past.node];
  other.remove();
  if (!shown.isConnected) place.append(shown);
  title.textContent = range ? TITLES.past : TITLES.live;
  if (range) {
    live.stop();
    past.show({ ...choice, range });
  } else {
    past.stop();
    live.start();
  }
}

place.append(bar.node);
document.addEventListener("keydown", (event) => {
  if (choice.range) past.press(event);
  else live.press(event);
});
addEventListener("hashchange", () => {
  choice = read();
  update();
});
update();
