/**
 * Decodes what Python encoded, on one socket, and compares it with the decoded whole records.
 * Standard input: JSON, a list of { message: base64, grid | breakdown: record, band }.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { sheetsFrom, sumsOf } from "../../../frontends/heatmap/static/core/grid.js";
import { Messages } from "../../../frontends/heatmap/static/core/message.js";
import { breakdownOf } from "./breakdowns.js";
import { layersOf, looksOf } from "./fine.js";
import { gridOf } from "./grids.js";

const messages = new Messages();
let compared = 0;
for (const { message, grid, breakdown, band } of JSON.parse(readFileSync(0, "utf8"))) {
  const decoded = messages.decode(new Uint8Array(Buffer.from(message, "base64")).buffer);
  assert.deepEqual(sorted(decoded), sorted(grid ? fineGridOf(grid) : breakdownOf(breakdown, band)));
  compared++;
}
process.stdout.write(`${compared}`);

/** @param {any} record */
function fineGridOf(record) {
  const sheets = sheetsFrom(layersOf(record.fine), record["grid-size"]);
  return {
    ...gridOf(record),
    row: record.fine.row,
    sheets,
    ...sumsOf(/** @type {any} */ (sheets)),
    looks: looksOf(record.looks),
  };
}

/** Elements have no order. @param {any} message */
function sorted(message) {
  for (const { elements } of message.bands ?? []) {
    elements.sort((one, other) => (one.selector < other.selector ? -1 : 1));
  }
  return message;
}
