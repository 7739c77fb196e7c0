/** The form that asks for an access token. */

import { element } from "./element.js";
import { giveToken } from "./token.js";

const NONE = "This is not an access token. Paste the whole output of 'pageheat token'.";

const LINE = "light-dark(rgb(28 27 34 / 0.3), rgb(255 255 255 / 0.34))";

/** Set on the elements: on another site's page, our style sheets may not have loaded. */
const STYLE = {
  form: "display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 4px 6px; max-width: 360px;",
  label: "grid-column: 1 / -1; font-weight: 650;",
  field: `box-sizing: border-box; min-width: 0; margin: 0; padding: 4px 8px; border: 1px solid ${LINE}; border-radius: 7px; background: none; color: inherit; font: inherit; -webkit-text-security: disc;`,
  button: `position: static; display: block; width: auto; height: auto; margin: 0; padding: 4px 12px; border: 1px solid ${LINE}; border-radius: 7px; background: none; color: inherit; font: inherit; cursor: pointer;`,
};

let forms = 0;

/** @returns {HTMLFormElement} passes its input to token.js */
export function unlockForm() {
  const id = `pageheat-token-${forms++}`;
  // No password field: browsers would offer to store it.
  const field = element("input", {
    id,
    type: "text",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    required: true,
    style: STYLE.field,
    oninput: () => field.setCustomValidity(""),
  });
  return element(
    "form",
    {
      style: STYLE.form,
      onsubmit: (event) => {
        event.preventDefault();
        if (giveToken(field.value)) {
          field.value = "";
          return;
        }
        field.setCustomValidity(NONE);
        field.reportValidity();
      },
    },
    element("label", { for: id, style: STYLE.label }, "Access token"),
    field,
    element("button", { style: STYLE.button }, "Show"),
  );
}
