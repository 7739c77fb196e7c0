import assert from "node:assert/strict";
import { test } from "node:test";
import { barrierOf, forbids } from "../../../frontends/heatmap/static/core/barrier.js";

/** @type {[protocol: string, broadcaster: string, barrier: string | null][]} */
const WAYS = [
  ["http:", "http://heat.example", null],
  ["https:", "https://heat.example", null],
  ["https:", "http://heat.example", "insecure"],
  ["https:", "http://localhost:8002", null],
  ["https:", "http://a.localhost:8002", null],
  ["https:", "http://127.0.0.1:8002", null],
  ["https:", "http://[::1]:8002", null],
  ["https:", "http://localhost.example", "insecure"],
];

for (const [protocol, broadcaster, barrier] of WAYS) {
  test(`from ${protocol} to ${broadcaster} the barrier is ${barrier}`, () =>
    assert.equal(barrierOf(protocol, broadcaster), barrier));
}

const VIOLATION = {
  effectiveDirective: "connect-src",
  blockedURI: "ws://heat.example:8002",
  disposition: /** @type {SecurityPolicyViolationEventDisposition} */ ("enforce"),
};

/** @type {[what: string, change: Partial<typeof VIOLATION>, ours: boolean][]} */
const VIOLATIONS = [
  ["a socket to the broadcaster", {}, true],
  ["the same told with its path", { blockedURI: "ws://heat.example:8002/a/b" }, true],
  ["the same told as http", { blockedURI: "http://heat.example:8002" }, true],
  ["another port", { blockedURI: "ws://heat.example:80020" }, false],
  ["another directive", { effectiveDirective: "img-src" }, false],
  ["one that was only reported", { disposition: "report" }, false],
];

for (const [what, change, ours] of VIOLATIONS) {
  test(`a policy ${ours ? "forbids" : "leaves alone"} the heat when it blocks ${what}`, () =>
    assert.equal(forbids({ ...VIOLATION, ...change }, "http://heat.example:8002"), ours));
}
