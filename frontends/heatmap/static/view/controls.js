/** The panel's controls: native and labelled, for keyboards and screen readers. */

import { element, setText } from "./element.js";

let groups = 0;

/**
 * A choice from a few options, as a row of radio buttons.
 *
 * @param {string} label
 * @param {Record<string, string>} options value → text
 * @param {string} chosen
 * @param {(value: string) => void} changed
 */
export function choice(label, options, chosen, changed) {
  const name = `pageheat-choice-${groups++}`;
  const radios = Object.keys(options).map((value) =>
    element("input", {
      type: "radio",
      name,
      value,
      checked: value === chosen,
      onchange: () => changed(value),
    }),
  );
  const labels = radios.map((radio) =>
    element("label", {}, radio, element("span", {}, options[radio.value])),
  );
  return {
    node: element(
      "fieldset",
      { class: "choice" },
      element("legend", {}, label),
      element("div", {}, ...labels),
    ),
    /** @param {string} value */
    choose(value) {
      for (const radio of radios) radio.checked = radio.value === value;
    },
  };
}

/**
 * A percentage of at least 5: at 0 the heat would vanish without explanation.
 *
 * @param {string} label
 * @param {number} percent
 * @param {(percent: number) => void} changed
 */
export function slider(label, percent, changed) {
  const shown = element("span", { class: "percent", "aria-hidden": "true" }, `${percent} %`);
  const input = element("input", { type: "range", min: 5, max: 100, step: 5, value: percent });
  input.addEventListener("input", () => {
    setText(shown, `${input.value} %`);
    changed(input.valueAsNumber);
  });
  return element(
    "label",
    { class: "slider" },
    element("span", { class: "name" }, label),
    input,
    shown,
  );
}

/**
 * A choice from options that change.
 *
 * @param {string} label
 * @param {(value: string) => void} changed
 */
export function select(label, changed) {
  const input = element("select", {});
  input.addEventListener("change", () => changed(input.value));
  return {
    node: element(
      "label",
      { class: "select" },
      element("span", { class: "name" }, label),
      element("span", {}, input),
    ),
    /** @param {string[][]} options value and text of each @param {string} chosen */
    offer(options, chosen) {
      // Only differences are applied, or an open list would close under the reader's pointer.
      for (let place = 0; place < options.length; place++) {
        const [value, text] = options[place];
        const option = input.options[place] ?? input.appendChild(element("option"));
        if (option.value !== value) option.value = value;
        setText(option, text);
      }
      while (input.options.length > options.length) input.options[options.length].remove();
      if (input.value !== chosen) input.value = chosen;
    },
  };
}
