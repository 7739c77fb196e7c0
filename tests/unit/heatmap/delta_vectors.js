/**
 * Decodes what Python encoded, on one socket, and compares it with what is made of the whole records.
 * Standard input: JSON, a list of { message: base64, grid | detail: record, band }.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { decodeGrid } from "../../../frontends/heatmap/static/core/grid.js";
import { Messages } from "../../../frontends/heatmap/static/core/message.js";
import { detailOf } from "./breakdowns.js";

const messages = new Messages();
let compared = 0;
for (const { message, grid, detail, band } of JSON.parse(readFileSync(0, "utf8"))) {
  const told = messages.decode(new Uint8Array(Buffer.from(message, "base64")).buffer);
  assert.deepEqual(sorted(told), sorted(grid ? decodeGrid(grid) : detailOf(detail, band)));
  compared++;
}
process.stdout.write(`${compared}`);

/** Elements have no order. @param {any} message */
function sorted(message) {
  for (const { elements } of message.bands ?? []) {
    elements.sort((one, other) => (one.selector < other.selector ? -1 : 1));
  }
  return message;
}
