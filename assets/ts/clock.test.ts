import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, clock } from "./clock.ts";
import { backoff } from "./live.ts";
import { rank } from "./palette.ts";

// The same cases as components_test.go: browser and server must say the same.
test("ago says what the server says", () => {
  const s = 1000;
  const want: [number, string][] = [[0, "just now"], [9 * s, "just now"], [59 * s, "59 s ago"], [60 * s, "1 min ago"], [3599 * s, "59 min ago"], [3600 * s, "1 h ago"], [35 * 3600 * s, "35 h ago"], [36 * 3600 * s, "2 days ago"], [240 * 3600 * s, "10 days ago"], [-90 * s, "in 1 min"]];
  for (const [ms, text] of want) assert.equal(ago(ms), text);
});

test("clock says what the server says", () => {
  const want: [number, string][] = [[-1000, "0.0 s"], [840, "0.8 s"], [42_000, "42 s"], [185_000, "3 m 05 s"], [62 * 60_000, "1 h 02 m"]];
  for (const [ms, text] of want) assert.equal(clock(ms), text);
});

test("tries come later and later, apart from each other, and never stop", () => {
  assert.equal(backoff(0, 0), 250);
  assert.equal(backoff(0, 1), 500);
  assert.equal(backoff(3, 1), 4000);
  assert.equal(backoff(50, 0), 7500);
  assert.equal(backoff(50, 1), 15_000);
});

test("the palette finds by every word, what begins so first", () => {
  const e = (label: string) => ({ label, path: "/", kind: "" });
  const found = rank([e("harbor-shop: Logs"), e("Logs"), e("Settings"), e("log-keeper")], "log");
  assert.deepEqual(found.map((x) => x.label), ["Logs", "log-keeper", "harbor-shop: Logs"]);
  assert.deepEqual(rank([e("harbor-shop: Logs"), e("Logs")], "shop log").map((x) => x.label), ["harbor-shop: Logs"]);
});
