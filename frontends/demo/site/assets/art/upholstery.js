/** Soft things: anything that is filled, from the outline of its front. */

import { mix, times } from "./colour.js";
import { random } from "./grain.js";
import { n } from "./sketch.js";

/**
 * A filled cover: light gathers on its upper left swell and falls off round its edge.
 *
 * @param {import("./sketch.js").Sketch} sketch
 * @param {string} d outline
 * @param {string} colour
 * @param {object} [options]
 * @param {number} [options.depth] how far the roundness of the edge reaches in, cm
 * @param {string} [options.texture] a fill laid over the cover
 * @param {() => void} [options.details] draws what lies on the cover, cut at its outline
 */
export function puff(sketch, d, colour, { depth = 4, texture, details } = {}) {
  const { light } = sketch;
  const power = light.keyColour[0] + light.sky[0];
  const warm = mix(colour, "#ffe9c8", 0.12);
  const fill = sketch.radial(
    [
      [0, times(warm, 1.02 * power)],
      [0.5, times(colour, 0.78 * power)],
      [1, times(colour, 0.42 * power)],
    ],
    { cx: 0.36, cy: 0.3, r: 0.85 },
  );
  const edge = (stroke, width, blur, dx, dy, opacity) =>
    sketch.path(d, {
      fill: "none",
      stroke,
      "stroke-width": width,
      opacity,
      filter: sketch.blur(blur),
      transform: `translate(${n(dx)} ${n(dy)})`,
    });
  sketch.path(d, { fill });
  sketch.group({ "clip-path": sketch.clip(d) }, () => {
    details?.();
    if (texture) sketch.path(d, { fill: texture, opacity: 0.85 });
    const k = depth;
    edge(times(colour, 0.16 * power), k * 1.6, k * 0.55, k * 0.1, k * 0.16, 0.6);
    edge(times(mix(colour, "#fff4e0", 0.5), power), k * 0.7, k * 0.4, k * 0.75, k * 0.85, 0.34);
  });
}

/** Looped wool: short curls, light above dark, all over the box x, y, width, height. */
export function loops(sketch, { x, y, width, height, colour, seed, count, size }) {
  const next = random(seed);
  const power = sketch.light.keyColour[0] + sketch.light.sky[0];
  const curls = ["", ""];
  for (let i = 0; i < count; i += 1) {
    const s = size * (0.7 + 0.6 * next());
    const [px, py] = [x + next() * width, y + next() * height];
    const turn = next() < 0.5 ? 1 : 0;
    curls[i % 2] += `M${n(px)} ${n(py)}a${n(s)} ${n(s * 0.8)} 0 0 ${turn} ${n(s)} ${n(s * 0.7)}`;
  }
  const style = { fill: "none", "stroke-width": size * 0.55, "stroke-linecap": "round" };
  sketch.path(curls[0], { ...style, stroke: times(colour, 0.42 * power), opacity: 0.3 });
  sketch.path(curls[1], { ...style, stroke: mix(colour, "#ffffff", 0.55), opacity: 0.34 * power });
}
