// One line of a log as an element.
import { ansi, plain } from "./ansi.ts";
import type { Shown } from "./lines.ts";

export type Stamp = "off" | "relative" | "local" | "utc";

const two = (n: number): string => String(n).padStart(2, "0");
const three = (n: number): string => String(n).padStart(3, "0");

/** The time of a line; start is the time of the log's first line. */
export function stamp(at: number, how: Stamp, start: number): string {
  const d = new Date(at);
  switch (how) {
    case "relative":
      return `+${((at - start) / 1000).toFixed(3).padStart(9)} s`;
    case "local":
      return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${three(d.getMilliseconds())}`;
    case "utc":
      return d.toISOString().slice(11, 23);
    default:
      return "";
  }
}

/** Puts text into parent with every occurrence of the search marked. */
function marked(parent: Node, text: string, search: RegExp | undefined): void {
  if (!search) {
    parent.appendChild(document.createTextNode(text));
    return;
  }
  let start = 0;
  for (const m of text.matchAll(search)) {
    if (m[0] === "") continue;
    parent.appendChild(document.createTextNode(text.slice(start, m.index)));
    const mark = document.createElement("mark");
    mark.textContent = m[0];
    parent.appendChild(mark);
    start = m.index + m[0].length;
  }
  parent.appendChild(document.createTextNode(text.slice(start)));
}

function body(text: string, search: RegExp | undefined): HTMLElement {
  const span = document.createElement("span");
  // A match may span colours: such a line is shown without them, so that the match can be marked.
  const pieces = ansi(text);
  if (search && pieces.length > 1 && plain(text).match(search)) {
    marked(span, plain(text), search);
    return span;
  }
  for (const p of pieces) {
    if (!p.classes && !p.color && !p.background && !p.href) {
      marked(span, p.text, search);
      continue;
    }
    const e = document.createElement(p.href ? "a" : "span");
    if (p.classes) e.className = p.classes;
    // The hue as it was asked for, as dark or as light as it takes to be read on the theme's ground.
    if (p.color) e.style.color = `light-dark(oklch(from ${p.color} min(l, 0.5) c h), oklch(from ${p.color} max(l, 0.75) c h))`;
    if (p.background) e.style.background = `color-mix(in oklab, ${p.background} 25%, transparent)`;
    if (e instanceof HTMLAnchorElement) {
      e.href = p.href!;
      e.target = "_blank";
      e.rel = "noreferrer noopener";
      e.classList.add("link");
    }
    marked(e, p.text, search);
    span.appendChild(e);
  }
  return span;
}

export type RowLook = { stamp: Stamp; start: number; search?: RegExp; selected: boolean; hit: boolean };

/** Makes the row of line n; shown is undefined while it is on its way. */
export function row(n: number, shown: Shown | undefined, look: RowLook): HTMLElement {
  const div = document.createElement("div");
  div.className = "line";
  div.dataset.n = String(n);
  const number = document.createElement("a");
  number.href = `#${shown?.id ?? ""}`;
  number.textContent = shown?.label ?? String(n);
  number.tabIndex = -1;
  div.appendChild(number);
  if (!shown) {
    div.classList.add("loading");
    const span = document.createElement("span");
    span.textContent = "…";
    div.appendChild(span);
    return div;
  }
  div.dataset.id = shown.id;
  if (shown.colour) number.className = `strand ${shown.colour}`;
  const [, at, stream, text] = shown.line;
  if (look.stamp !== "off") {
    const time = document.createElement("time");
    time.textContent = stamp(at, look.stamp, look.start);
    time.title = new Date(at).toISOString();
    div.appendChild(time);
  }
  if (stream === "err" || stream === "slipway") div.classList.add(stream);
  if (stream === "slipway" && / no longer kept\.$/.test(text)) div.classList.add("gap");
  if (look.selected) div.classList.add("sel");
  if (look.hit) div.classList.add("hit");
  const span = body(text, look.search);
  if (shown.cut) span.append(" ⏎");
  div.appendChild(span);
  return div;
}
