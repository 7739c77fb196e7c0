/** The shop: shows the page of the address, and changes pages without a reload. */

import { Basket } from "./basket.js";
import { KINDS } from "./catalogue.js";
import { element } from "./element.js";
import { basketPage, thanksPage } from "./page-basket.js";
import { listPage } from "./page-list.js";
import { missingPage } from "./page-missing.js";
import { productPage } from "./page-product.js";

const main = /** @type {HTMLElement} */ (document.querySelector("#main"));
const menu = /** @type {HTMLElement} */ (document.querySelector("#menu"));
const menuButton = /** @type {HTMLButtonElement} */ (document.querySelector("#menu-button"));
const count = /** @type {HTMLOutputElement} */ (document.querySelector("#basket-count"));
const basket = new Basket();

/** @param {string} path */
function pageOf(path) {
  if (path === "/") return listPage(new URLSearchParams(location.search).get("kind"));
  if (path === "/basket") return basketPage(basket);
  if (path === "/thanks") return thanksPage();
  const slug = /^\/products\/([a-z-]+)$/.exec(path)?.[1];
  return (slug && productPage(slug, basket)) || missingPage();
}

function show() {
  const { title, content } = pageOf(location.pathname);
  document.title = title ? `${title} · Saltmarsh Pottery` : "Saltmarsh Pottery";
  main.replaceChildren(...content);
  openMenu(false);
}

/** @param {string} hash of an address */
const targetOf = (hash) => document.getElementById(hash.slice(1));

/** @param {URL} url */
function go(url) {
  const anotherPage = url.pathname + url.search !== location.pathname + location.search;
  if (url.href !== location.href) history.pushState(null, "", url);
  if (anotherPage) show();
  openMenu(false);
  // No smooth scrolling on a new page: it opens at its position.
  const behavior = anotherPage ? "instant" : "auto";
  const target = targetOf(url.hash);
  if (target) target.scrollIntoView({ behavior });
  else scrollTo({ top: 0, behavior });
  if (anotherPage) main.focus({ preventScroll: true });
}

/** @param {boolean} open */
function openMenu(open) {
  menu.hidden = !open;
  menuButton.setAttribute("aria-expanded", String(open));
}

menu.append(
  element("a", { href: "/" }, "All pieces"),
  ...KINDS.map((kind) => element("a", { href: `/?kind=${kind}` }, kind)),
);
menuButton.addEventListener("click", () => openMenu(Boolean(menu.hidden)));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !menu.hidden) {
    openMenu(false);
    menuButton.focus();
  }
});
document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  if (!target.closest("#menu, #menu-button")) openMenu(false);
  const link = /** @type {HTMLAnchorElement | null} */ (target.closest("a[href]"));
  const plain =
    event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !plain || event.defaultPrevented || link.origin !== location.origin) return;
  if (link.classList.contains("skip")) return;
  event.preventDefault();
  go(new URL(link.href));
});
addEventListener("popstate", show);
basket.addEventListener("change", () => {
  count.value = String(basket.count);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);

show();
targetOf(location.hash)?.scrollIntoView({ behavior: "instant" });
