import assert from "node:assert/strict";
import { test } from "node:test";
import {
  listAddress,
  pageAddress,
  pageKey,
  pictureAddress,
  readable,
  socketAddress,
  topAddress,
} from "../../../frontends/heatmap/static/core/address.js";

const BROADCASTER = "http://localhost:8002";

/** @param {string} pathname @param {string} [search] @param {string} [hash] */
const at = (pathname, search = "", hash = "") => ({ pathname, search, hash });

test("a page's key has one leading slash, however many its path has", () => {
  assert.equal(pageKey(at("/")), "/");
  assert.equal(pageKey(at("///blog/x")), "/blog/x");
});

test("a page of a named site has that site's name before its path", () => {
  assert.equal(pageKey(at("//x"), "blog"), "//blog/x");
});

test("a page's key has of query and hash what the rules name", () => {
  const address = at("/doku.php", "?do=show&id=wiki", "#/a?id=2");
  assert.equal(pageKey(address), "/doku.php");
  const rules = { query: ["id"], hashRoutes: true };
  assert.equal(pageKey(address, "blog", rules), "//blog/doku.php?id=wiki#/a?id=2");
});

test("a page that is more than a path is asked for by its key", () => {
  const page = "/doku.php?id=a%26b#/two";
  const named = "?page=%2Fdoku.php%3Fid%3Da%2526b%23%2Ftwo";
  assert.equal(socketAddress(BROADCASTER, page), `ws://localhost:8002/${named}`);
  assert.equal(
    socketAddress(BROADCASTER, page, "phone"),
    `ws://localhost:8002/${named}&band=phone`,
  );
  assert.equal(topAddress(BROADCASTER, page), `http://localhost:8002/_pageheat/top/${named}`);
  assert.equal(
    pictureAddress("https://x.example/heat", page, "moves"),
    `https://x.example/heat/_pageheat/png/${named}&layer=moves`,
  );
});

test("the address of a page has its query and its hash route", () => {
  assert.equal(
    pageAddress("http://here", "/a%3Fb?id=c%26d#!/e?f=g"),
    "http://here/a%3Fb?id=c%26d#!/e?f=g",
  );
});

test("a page's name is shown decoded, unless it cannot be", () => {
  assert.equal(readable("/caf%C3%A9?id=%C3%A4%26"), "/café?id=ä%26");
  assert.equal(readable("/%E9"), "/%E9");
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
  assert.equal(topAddress(BROADCASTER, "//blog/x"), "http://localhost:8002/_pageheat/top//blog/x");
});

test("list, thumbnails and pictures are asked for under the reserved path", () => {
  assert.equal(listAddress(BROADCASTER, 9), "http://localhost:8002/_pageheat/pages?limit=9");
  assert.equal(topAddress(BROADCASTER, "/"), "http://localhost:8002/_pageheat/top/");
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
  "/javascript:alert(1)",
]) {
  test(`the address of ${JSON.stringify(page)} stays on this origin, as a path`, () => {
    const address = new URL(pageAddress("http://here", page) ?? "");
    assert.deepEqual([address.origin, address.search, address.hash], ["http://here", "", ""]);
  });
}

for (const page of [
  "/?//evil.example",
  "/?a=\t\n@evil.example#//evil.example",
  "/#javascript:alert(1)",
]) {
  test(`the address of ${JSON.stringify(page)} stays on this origin`, () => {
    assert.equal(new URL(pageAddress("http://here", page) ?? "").origin, "http://here");
  });
}
