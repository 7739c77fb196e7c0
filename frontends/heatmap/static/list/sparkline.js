/**
 * A series as the outline of a small chart. Pure.
 *
 * @param {readonly number[]} values one for each step
 * @param {number} width
 * @param {number} height
 * @returns {{ line: string, area: string }} paths of an SVG of this size; "" without values
 */
export function sparklineOf(values, width, height) {
  if (values.length === 0) return { line: "", area: "" };
  const most = Math.max(1, ...values);
  const step = width / Math.max(1, values.length - 1);
  // Half of the line's width stays within the picture.
  const y = (/** @type {number} */ value) => round(height - 1 - (value / most) * (height - 2));
  const points = values.map((value, i) => `${round(i * step)} ${y(value)}`);
  if (points.length === 1) points.push(`${width} ${y(values[0])}`);
  const line = `M${points.join("L")}`;
  return { line, area: `${line}V${height}H0z` };
}

/** @param {number} number */
const round = (number) => Math.round(10 * number) / 10;
