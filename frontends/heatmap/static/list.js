/** The page that lists the warm pages. */

import { BoardList } from "./view/board-list.js";
import { takeHandedToken } from "./view/token.js";

const THUMBNAIL_BOX = { width: 76, height: 84 };

takeHandedToken();
const place = /** @type {HTMLElement} */ (document.querySelector("[data-broadcaster]"));
const list = new BoardList(place.dataset.broadcaster ?? "", THUMBNAIL_BOX);
place.append(list.node);
document.addEventListener("keydown", (event) => list.press(event));
list.start();
