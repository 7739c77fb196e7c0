/**
 * Notices in a small card, in the corner opposite the panel. It can be closed.
 *
 * Its style is a constructed sheet, which works under any Content-Security-Policy: a notice may be about
 * that policy.
 *
 * @typedef {{ key: string, title: string, text: string, code?: string, form?: HTMLElement }} Notice
 *   A notice replaces the one with the same `key`.
 */

import { element, iconButton } from "../view/element.js";

const CLOSE = "M4 4l8 8M12 4l-8 8";

const STYLE = `
aside {
  position: fixed;
  inset: auto auto 16px 16px;
  box-sizing: border-box;
  width: min(360px, calc(100vw - 88px));
  max-height: calc(100vh - 32px);
  padding: 12px 40px 12px 14px;
  overflow-y: auto;
  border: 1px solid light-dark(rgb(28 27 34 / 0.12), rgb(255 255 255 / 0.14));
  border-radius: 14px;
  background: light-dark(rgb(255 255 255 / 0.9), rgb(27 26 33 / 0.9));
  box-shadow: 0 8px 32px light-dark(rgb(28 27 34 / 0.18), rgb(0 0 0 / 0.5));
  backdrop-filter: blur(18px) saturate(1.5);
  color: light-dark(#1c1b22, #ecebf1);
  color-scheme: light dark;
  font: 13px / 1.45 system-ui, sans-serif;
  text-wrap: pretty;
  overflow-wrap: anywhere;
}
aside:not(:has(section)) { display: none; }
section + section {
  margin-top: 10px;
  padding-top: 10px;
  border-top: 1px solid light-dark(rgb(28 27 34 / 0.12), rgb(255 255 255 / 0.14));
}
strong { display: block; font-weight: 650; }
form { margin-top: 8px; }
p { margin: 0; color: light-dark(#565362, #bdbac8); }
code {
  display: block;
  margin-top: 6px;
  padding: 5px 8px;
  border-radius: 6px;
  background: light-dark(rgb(28 27 34 / 0.08), rgb(255 255 255 / 0.1));
  color: light-dark(#1c1b22, #ecebf1);
  font: 12px / 1.5 ui-monospace, monospace;
  user-select: all;
}
button {
  position: absolute;
  inset: 8px 8px auto auto;
  display: grid;
  place-items: center;
  width: 28px;
  height: 28px;
  padding: 0;
  border: 0;
  border-radius: 7px;
  background: none;
  color: inherit;
  cursor: pointer;
}
button:hover { background: light-dark(rgb(28 27 34 / 0.08), rgb(255 255 255 / 0.1)); }
button:focus-visible { outline: 2px solid light-dark(#7e03a8, #d08cf0); }
svg { width: 16px; fill: none; stroke: currentcolor; stroke-width: 1.6; stroke-linecap: round; }
@media print { aside { display: none; } }
`;

export class Notices {
  /** @type {Map<string, { text: string, section: HTMLElement }>} */
  #shown = new Map();
  #list = element("div", { role: "status" });

  /** @param {ShadowRoot} root */
  constructor(root) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets.push(sheet);
    const close = iconButton("Close", CLOSE, () => this.#list.replaceChildren());
    const card = element("aside", { "aria-label": "About the heat map" }, this.#list, close);
    root.append(card);
  }

  /** Shows a notice, unless it has been shown already. @param {Notice} notice */
  say({ key, title, text, code, form }) {
    const before = this.#shown.get(key);
    if (before?.text === text) return;
    const section = element(
      "section",
      {},
      element("strong", {}, title),
      element("p", {}, text),
      code ? element("code", {}, code) : null,
      form ?? null,
    );
    before?.section.remove();
    this.#shown.set(key, { text, section });
    this.#list.append(section);
  }

  /** Removes a notice that no longer applies; it can be shown again. @param {string} key */
  takeBack(key) {
    this.#shown.get(key)?.section.remove();
    this.#shown.delete(key);
  }
}
