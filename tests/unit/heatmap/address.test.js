import assert from "node:assert/strict";
import { test } from "node:test";
import {
  gridAddress,
  listAddress,
  pageAddress,
  pageKey,
  pictureAddress,
  socketAddress,
} from "../../../frontends/heatmap/static/core/address.js";

const BROADCASTER = "http://localhost:8002";

test("a page's key has one leading slash, however many its path has", () => {
  assert.equal(pageKey("/"), "/");
  assert.equal(pageKey("///blog/x"), "/blog/x");
});

test("a page of a named site has that site's name before its path", () => {
  assert.equal(pageKey("//x", "blog"), "//blog/x");
});

test("a page is watched at its path, by a socket as secure as the broadcaster", () => {
  assert.equal(socketAddress(BROADCASTER, "/a/b"), "ws://localhost:8002/a/b");
  assert.equal(socketAddress("https://heat.example", "/"), "wss://heat.example/");
});

test("a percent-encoded path stays as the browser has it", () => {
  assert.equal(socketAddress(BROADCASTER, "/%C3%A4%2F"), "ws://localhost:8002/%C3%A4%2F");
});

test("a page of another site is asked for under its name", () => {
  assert.equal(socketAddress(BROADCASTER, "//blog/x"), "ws://localhost:8002//blog/x");
  assert.equal(
    gridAddress(BROADCASTER, "//blog/x"),
    "http://localhost:8002/_pageheat/grid//blog/x",
  );
});

test("list, grids and pictures are asked for under the reserved path", () => {
  assert.equal(listAddress(BROADCASTER, 9), "http://localhost:8002/_pageheat/pages?limit=9");
  assert.equal(gridAddress(BROADCASTER, "/"), "http://localhost:8002/_pageheat/grid/");
  assert.equal(
    pictureAddress(BROADCASTER, "//blog/x", "clicks"),
    "http://localhost:8002/_pageheat/png//blog/x?layer=clicks",
  );
});

test("a broadcaster behind a path keeps it", () => {
  assert.equal(socketAddress("https://x.example/heat/", "/a"), "wss://x.example/heat/a");
});

test("a page of another site has no address here", () => {
  assert.equal(pageAddress("http://here", "//evil.example/x"), null);
});

for (const page of [
  "/\\evil.example",
  "/\t/evil.example",
  "/@evil.example",
  "/x?y#z",
  "/javascript:alert(1)",
]) {
  test(`the address of ${JSON.stringify(page)} stays on this origin, as a path`, () => {
    const address = new URL(pageAddress("http://here", page) ?? "");
    assert.deepEqual([address.origin, address.search, address.hash], ["http://here", "", ""]);
  });
}
