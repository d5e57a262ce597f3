import assert from "node:assert/strict";
import { test } from "node:test";
import { ansi, plain } from "./ansi.ts";

const cases: [string, string, ReturnType<typeof ansi>][] = [
  ["a plain line is one piece", "hello", [{ text: "hello", classes: "" }]],
  ["the sixteen colours are classes", "\x1b[31mred\x1b[0m \x1b[92;1mok\x1b[m", [{ text: "red", classes: "f1" }, { text: " ", classes: "" }, { text: "ok", classes: "f10 ab" }]],
  ["256 colours are a name or a value", "\x1b[38;5;9ma\x1b[38;5;39mb\x1b[48;5;240mc", [{ text: "a", classes: "f9" }, { text: "b", classes: "", color: "rgb(0 175 255)" }, { text: "c", classes: "", color: "rgb(0 175 255)", background: "rgb(88 88 88)" }]],
  ["true colour, both ways to write it", "\x1b[38;2;1;2;3ma\x1b[0m\x1b[48:2:9:8:7mb", [{ text: "a", classes: "", color: "rgb(1 2 3)" }, { text: "b", classes: "", background: "rgb(9 8 7)" }]],
  ["a colour that is none is no colour", "\x1b[38;2;999;2;3ma\x1b[38;5;300mb", [{ text: "a", classes: "" }, { text: "b", classes: "" }]],
  ["a web address becomes a link", "\x1b]8;;https://x.example/a\x07here\x1b]8;;\x07.", [{ text: "here", classes: "", href: "https://x.example/a" }, { text: ".", classes: "" }]],
  ["nothing else becomes a link", "\x1b]8;;javascript:alert(1)\x1b\\here\x1b]8;;\x1b\\", [{ text: "here", classes: "" }]],
  ["what moves the cursor is dropped", "\x1b[2K\x1b[1Gdone\x1b]0;title\x07", [{ text: "done", classes: "" }]],
  ["a bar that was redrawn shows its last state", "10 %\r50 %\r100 %\r", [{ text: "100 %", classes: "" }]],
  ["an escape that is cut off is dropped", "end\x1b", [{ text: "end", classes: "" }]],
  ["HTML is text", "<img src=x>", [{ text: "<img src=x>", classes: "" }]],
  ["text that would read backwards does not", "a\u202eb", [{ text: "ab", classes: "" }]],
];

for (const [name, line, want] of cases) test(name, () => assert.deepEqual(ansi(line), want));

test("no input throws, and nothing but text comes out", () => {
  const parts = ["\x1b", "[", "]", "8;;", "38;5;", "38;2;1;", "m", "\x07", "\\", "1", ";", "x", "\r", "\u200b", "é"];
  let seed = 7;
  const next = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
  for (let i = 0; i < 20_000; i++) {
    const line = Array.from({ length: next(14) }, () => parts[next(parts.length)]).join("");
    assert.ok(!/[\x00-\x08\x0b-\x1f]/.test(plain(line)), JSON.stringify(line));
  }
});
