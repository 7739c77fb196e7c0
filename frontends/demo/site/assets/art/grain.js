/** Textures that turn a colour into a material: speckles, wood grain, weave, tubes and threads. */

import { mix, times } from "./colour.js";
import { onSurface } from "./lathe.js";
import { n } from "./sketch.js";

/** Random numbers in [0, 1), determined by the seed, so a picture never changes. */
export function random(seed) {
  let state = seed * 2654435761 + 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    let value = Math.imul(state ^ (state >>> 13), 0x297a2d39);
    value ^= value >>> 16;
    return (value >>> 0) / 2 ** 32;
  };
}

/** Iron speckles burnt through a glaze, over the whole of a lathe body. */
export function speckle(sketch, profile, { seed, count, colour, size = 0.09, tilt = 0.16 }) {
  const next = random(seed);
  let dots = "";
  for (let i = 0; i < count; i += 1) {
    const spot = onSurface(profile, next(), (next() - 0.5) * Math.PI * 0.96, tilt);
    const r = size * (0.35 + next() ** 3 * 1.4);
    const rx = r * Math.max(0.25, spot.facing);
    dots += `M${n(spot.x - rx)} ${n(spot.y)}a${n(rx)} ${n(r)} 0 1 0 ${n(2 * rx)} 0a${n(rx)} ${n(r)} 0 1 0 ${n(-2 * rx)} 0Z`;
  }
  sketch.path(dots, { fill: colour, opacity: 0.55 });
}

/** Long, nearly parallel lines of grain in the box x, y, width, height. */
export function woodGrain(sketch, { x, y, width, height, colour, seed, lines, upright = false }) {
  const next = random(seed);
  const along = upright ? height : width;
  const over = upright ? width : height;
  const tones = ["", "", ""];
  for (let i = 0; i < lines; i += 1) {
    const at = ((i + next()) / lines) * over;
    const wave = () => (next() - 0.5) * (over / lines) * 1.3;
    const from = next() < 0.3 ? next() * 0.6 * along : 0;
    const to = from ? from + (along - from) * next() : along;
    const point = (share, drift) => {
      const p = from + (to - from) * share;
      return upright ? `${n(x + at + drift)} ${n(y + p)}` : `${n(x + p)} ${n(y + at + drift)}`;
    };
    const d = `M${point(0, 0)}C${point(0.3, wave())} ${point(0.6, wave())} ${point(1, wave())}`;
    tones[Math.floor(next() * 3)] += d;
  }
  tones.forEach((d, i) => {
    const stroke = i === 2 ? mix(colour, "#fff4df", 0.4) : times(colour, 0.5);
    sketch.path(d, {
      fill: "none",
      stroke,
      "stroke-width": (over / lines) * [0.16, 0.34, 0.3][i],
      opacity: [0.34, 0.16, 0.2][i],
    });
  });
}

/** A fill of woven threads over a cloth's colour; `gauge` is one thread's width. */
export function weave(sketch, colour, gauge) {
  const [light, dark] = [mix(colour, "#ffffff", 0.3), times(colour, 0.55)];
  const g = gauge;
  const thread = (x, y, w, h, fill, opacity) =>
    `<rect x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}" rx="${n(g * 0.3)}" ` +
    `fill="${fill}" opacity="${opacity}"/>`;
  const box = { width: n(2 * g), height: n(2 * g), patternUnits: "userSpaceOnUse" };
  return sketch.define(
    "pattern",
    box,
    thread(0.1 * g, 0.25 * g, 1.1 * g, 0.5 * g, light, 0.5) +
      thread(1.25 * g, 0.1 * g, 0.5 * g, 1.1 * g, light, 0.3) +
      thread(1.1 * g, 1.25 * g, 1.1 * g, 0.5 * g, light, 0.5) +
      thread(0.25 * g, 1.1 * g, 0.5 * g, 1.1 * g, light, 0.3) +
      thread(0.9 * g, 0.9 * g, 0.35 * g, 0.35 * g, dark, 0.5) +
      thread(1.9 * g, 1.9 * g, 0.35 * g, 0.35 * g, dark, 0.5),
  );
}

/** A round rod, handle or branch along the path `d`: lit from the upper left. */
export function tube(sketch, d, width, colour, { gloss = 0.3 } = {}) {
  const { light } = sketch;
  const power = light.keyColour[0] + light.sky[0];
  const dark = times(colour, 0.3 * power);
  const base = times(colour, 0.72 * power);
  const lit = times(colour, 1.15 * power);
  const line = (stroke, share, shift, opacity = 1) =>
    sketch.path(d, {
      fill: "none",
      stroke,
      "stroke-width": width * share,
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
      opacity,
      transform: shift ? `translate(${n(-width * shift)} ${n(-width * shift * 0.7)})` : undefined,
    });
  line(dark, 1, 0);
  line(mix(dark, base, 0.5), 0.84, 0.05);
  line(base, 0.64, 0.1);
  line(lit, 0.36, 0.15, 0.8);
  if (gloss) line(mix(lit, "#ffffff", 0.7), 0.12, 0.19, gloss);
}
