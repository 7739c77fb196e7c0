/**
 * Bodies of revolution, as made on a potter's wheel or a lathe.
 *
 * A body is drawn as the rings of its profile, each a full ellipse with the gradient of its own
 * normals, from the far end to the near one: near rings cover far ones, so outline, shoulder and
 * foot are right from any eye level.
 */

import { shade } from "./light.js";
import { n } from "./sketch.js";

/** @typedef {number[]} Point radius and height, cm */

/** Positions across a ring where colours are computed: denser towards the edges, where they change. */
const ACROSS = [
  -1, -0.97, -0.88, -0.74, -0.58, -0.42, -0.25, -0.05, 0.2, 0.48, 0.72, 0.89, 0.975, 1,
];

/** Points of a smooth curve (Catmull-Rom) through `points`, about `step` apart. */
function smooth(points, step) {
  if (points.length < 3) points = [points[0], points[0], ...points.slice(1)];
  const curve = [];
  for (let i = 0; i + 1 < points.length; i += 1) {
    const [a, b, c, d] = [
      points[i - 1] ?? points[i],
      points[i],
      points[i + 1],
      points[i + 2] ?? points[i + 1],
    ];
    const count = Math.max(1, Math.ceil(Math.hypot(c[0] - b[0], c[1] - b[1]) / step));
    for (let k = 0; k < count; k += 1) {
      const t = k / count;
      curve.push(
        [0, 1].map(
          (j) =>
            0.5 *
            (2 * b[j] +
              (c[j] - a[j]) * t +
              (2 * a[j] - 5 * b[j] + 4 * c[j] - d[j]) * t * t +
              (3 * b[j] - a[j] - 3 * c[j] + d[j]) * t * t * t),
        ),
      );
    }
  }
  curve.push(points.at(-1));
  return curve;
}

/** A body has about this many rings: fewer look faceted, more only make the picture larger. */
const RINGS = 60;

/**
 * Rings of a profile: radius, height, and the normal's outward and upward parts.
 * @param {Point[][]} pieces from the foot up; each smooth in itself, with corners between them
 */
function rings(pieces, step) {
  return pieces.flatMap((piece) => {
    const curve = smooth(piece, step);
    return curve.map(([r, y], i) => {
      const before = curve[Math.max(0, i - 1)];
      const after = curve[Math.min(curve.length - 1, i + 1)];
      const [dr, dy] = [after[0] - before[0], after[1] - before[1]];
      const length = Math.hypot(dr, dy) || 1;
      return { r: Math.max(r, 0.01), y, out: dy / length, up: -dr / length };
    });
  });
}

const outlineLength = (pieces) =>
  pieces
    .flatMap((piece) =>
      piece.slice(1).map(([r, y], i) => Math.hypot(r - piece[i][0], y - piece[i][1])),
    )
    .reduce((sum, length) => sum + length, 0);

/** Gradient of the ring's visible half; `flutes` is how many grooves run around it. */
function across(sketch, ring, finish, tilt, flutes) {
  const stops = [];
  const put = (sine, lean) => {
    const angle = Math.asin(sine) + lean;
    // Inside, `out` is below 0: the normal points to the axis, and the far wall is visible.
    const normal = [ring.out * Math.sin(angle), ring.up, Math.abs(ring.out) * Math.cos(angle)];
    stops.push([(1 + sine) / 2, shade(finish, normal, sketch.light, tilt)]);
  };
  if (!flutes) for (const sine of ACROSS) put(sine, 0);
  else {
    const half = flutes / 2;
    for (let k = 0; k <= half * 4; k += 1) {
      const angle = -Math.PI / 2 + (k / (half * 4)) * Math.PI;
      put(Math.sin(angle), [0, -0.62, 0, 0.62][k % 4]);
    }
  }
  return sketch.linear(stops);
}

/**
 * Draw a body standing on the origin, in cm.
 *
 * @param {import("./sketch.js").Sketch} sketch
 * @param {object} body
 * @param {Point[][]} body.profile from the foot up
 * @param {Point[][]} [body.hollow] the inside, from the lip down
 * @param {(height: number, inside: boolean) => import("./light.js").Finish} body.skin by height, cm
 * @param {number} [body.tilt] sine of the angle of view: above 0 from above, below 0 from beneath
 * @param {number} [body.flutes] grooves around it
 * @param {number} [body.step] distance of rings, cm; without it, what `RINGS` needs
 */
export function lathe(sketch, { profile, hollow, skin, tilt = 0.16, flutes = 0, step }) {
  const flat = Math.abs(tilt);
  const tall = Math.sqrt(1 - tilt * tilt);
  const outer = rings(profile, step ?? outlineLength(profile) / RINGS);
  if (tilt < 0) outer.reverse();
  outer.forEach((ring, i) => {
    const next = outer[i + 1] ?? ring;
    const fill = across(sketch, ring, skin(ring.y, false), tilt, flutes);
    // The ring, and the straight side up to the next one: slender bodies would show scallops.
    const side = `M${n(-ring.r)} ${n(-ring.y * tall)}L${n(-next.r)} ${n(-next.y * tall)}H${n(next.r)}L${n(ring.r)} ${n(-ring.y * tall)}Z`;
    sketch.path(ellipsePath(0, -ring.y * tall, ring.r, ring.r * flat) + side, { fill });
  });
  if (!hollow) return;
  const inner = rings(hollow, step ?? outlineLength(hollow) / (RINGS / 2));
  const mouth = inner[0];
  const opening = ellipsePath(0, -mouth.y * tall, mouth.r, mouth.r * flat);
  sketch.group({ "clip-path": sketch.clip(opening) }, () => {
    for (const ring of inner) {
      const side = tilt < 0 ? -1 : 1;
      const turned = { out: side * ring.out, up: side * ring.up };
      const fill = across(sketch, turned, skin(ring.y, true), tilt, 0);
      sketch.ellipse(0, -ring.y * tall, ring.r, ring.r * flat, { fill });
    }
  });
}

/** An ellipse as a path, clockwise. */
export function ellipsePath(cx, cy, rx, ry) {
  const half = (width) => `a${n(rx)} ${n(ry)} 0 1 1 ${n(width)} 0`;
  return `M${n(cx - rx)} ${n(cy)}${half(2 * rx)}${half(-2 * rx)}Z`;
}

/**
 * Position of a point of a body's surface in the picture: for speckles, drawings and shadows on it.
 * @returns {{x: number, y: number, facing: number}} facing is 1 in the middle, 0 at the edge
 */
export function onSurface(profile, share, angle, tilt = 0.16) {
  const all = rings(profile, 0.35);
  const ring = all[Math.min(all.length - 1, Math.floor(share * all.length))];
  return {
    x: ring.r * Math.sin(angle),
    y: -ring.y * Math.sqrt(1 - tilt * tilt) + ring.r * tilt * Math.cos(angle),
    facing: Math.cos(angle) * Math.max(0, ring.out),
  };
}
