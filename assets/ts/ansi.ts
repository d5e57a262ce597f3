// Colours in log lines: ANSI escapes become classes and text, never HTML.
// Source of the codes: ECMA-48 8.3.117 (SGR); 256 colours and true colour as xterm has them; OSC 8 for links.

export type Piece = { text: string; classes: string; color?: string; background?: string; href?: string };

type Style = { fg?: string; bg?: string; bold?: boolean; dim?: boolean; italic?: boolean; under?: boolean; strike?: boolean; inverse?: boolean };

// CSI, OSC (ended by BEL or ST, or cut off at the line's end), and the escapes of two letters.
const escape = /\x1b(?:\[([0-?]*)[ -/]*([@-~])|\]([^\x07\x1b]*)(?:\x07|\x1b\\|$)|[@-Z\\^_]|$)/g;
// What remains of control characters is not shown.
const control = /[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069]/g;

const levels = [0, 95, 135, 175, 215, 255];

/** The colour n of 256: a name for the first 16, which themes choose, else an rgb value. */
function indexed(n: number): string | undefined {
  if (!Number.isInteger(n) || n < 0 || n > 255) return undefined;
  if (n < 16) return `@${n}`;
  if (n >= 232) return rgb(8 + (n - 232) * 10, 8 + (n - 232) * 10, 8 + (n - 232) * 10);
  const c = n - 16;
  return rgb(levels[Math.floor(c / 36)]!, levels[Math.floor(c / 6) % 6]!, levels[c % 6]!);
}

function rgb(r: number, g: number, b: number): string | undefined {
  return [r, g, b].every((v) => Number.isInteger(v) && v >= 0 && v <= 255) ? `rgb(${r} ${g} ${b})` : undefined;
}

/** Reads the colour after 38 or 48 and gives how many parameters it used. */
function extended(p: number[], i: number): [string | undefined, number] {
  if (p[i + 1] === 5) return [indexed(p[i + 2] ?? -1), 2];
  if (p[i + 1] === 2) return [rgb(p[i + 2] ?? -1, p[i + 3] ?? -1, p[i + 4] ?? -1), 4];
  return [undefined, 0];
}

function apply(s: Style, parameters: string): Style {
  const p = parameters.split(/[;:]/).map((x) => (x === "" ? 0 : Number(x)));
  for (let i = 0; i < p.length; i++) {
    const c = p[i]!;
    if (c === 0) s = {};
    else if (c === 1) s = { ...s, bold: true };
    else if (c === 2) s = { ...s, dim: true };
    else if (c === 3) s = { ...s, italic: true };
    else if (c === 4) s = { ...s, under: true };
    else if (c === 7) s = { ...s, inverse: true };
    else if (c === 9) s = { ...s, strike: true };
    else if (c === 22) s = { ...s, bold: false, dim: false };
    else if (c === 23) s = { ...s, italic: false };
    else if (c === 24) s = { ...s, under: false };
    else if (c === 27) s = { ...s, inverse: false };
    else if (c === 29) s = { ...s, strike: false };
    else if (c >= 30 && c <= 37) s = { ...s, fg: `@${c - 30}` };
    else if (c >= 90 && c <= 97) s = { ...s, fg: `@${c - 82}` };
    else if (c >= 40 && c <= 47) s = { ...s, bg: `@${c - 40}` };
    else if (c >= 100 && c <= 107) s = { ...s, bg: `@${c - 92}` };
    else if (c === 39) s = { ...s, fg: undefined };
    else if (c === 49) s = { ...s, bg: undefined };
    else if (c === 38 || c === 48) {
      const [color, used] = extended(p, i);
      s = c === 38 ? { ...s, fg: color } : { ...s, bg: color };
      i += used;
    }
  }
  return s;
}

function piece(text: string, s: Style, href: string | undefined): Piece {
  const [fg, bg] = s.inverse ? [s.bg ?? "@inverse", s.fg ?? "@inverse"] : [s.fg, s.bg];
  const names: string[] = [];
  const out: Piece = { text, classes: "" };
  if (fg?.startsWith("@")) names.push(`f${fg.slice(1)}`);
  else if (fg) out.color = fg;
  if (bg?.startsWith("@")) names.push(`b${bg.slice(1)}`);
  else if (bg) out.background = bg;
  if (s.bold) names.push("ab");
  if (s.dim) names.push("ad");
  if (s.italic) names.push("ai");
  if (s.under) names.push("au");
  if (s.strike) names.push("as");
  out.classes = names.join(" ");
  if (href) out.href = href;
  return out;
}

/** Only web addresses become links. */
function link(osc: string): string | undefined {
  const target = /^8;[^;]*;(.*)$/.exec(osc)?.[1];
  return target && /^https?:\/\/[^\s"'<>]+$/i.test(target) ? target : undefined;
}

/** Splits a line at its escapes. A progress bar that overwrote itself with carriage returns shows its last state. */
export function ansi(line: string): Piece[] {
  line = line.replace(/\r+$/, "");
  const redrawn = line.lastIndexOf("\r");
  if (redrawn >= 0) line = line.slice(redrawn + 1);
  if (!line.includes("\x1b")) return [{ text: line.replace(control, ""), classes: "" }];
  const pieces: Piece[] = [];
  let style: Style = {};
  let href: string | undefined;
  let start = 0;
  const add = (end: number): void => {
    const text = line.slice(start, end).replace(control, "");
    if (text) pieces.push(piece(text, style, href));
  };
  for (const m of line.matchAll(escape)) {
    add(m.index);
    start = m.index + m[0].length;
    if (m[2] === "m") style = apply(style, m[1] ?? "");
    else if (m[3]?.startsWith("8;")) href = link(m[3]);
  }
  add(line.length);
  return pieces;
}

/** The line as it reads, without its colours. */
export function plain(line: string): string {
  return ansi(line).map((p) => p.text).join("");
}
