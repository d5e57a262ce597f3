// The lines of several logs as one, by time: pieces of the whole, like lines.ts. A line's number n is its place in the
// merge, from 1. The server merges by the same order (web/logs/merge.go), so that what it answers and what came live fit
// together exactly.
import type { Line } from "./live.ts";
import type { Shown, Store } from "./lines.ts";

const chunk = 500; // lines of one piece
const most = 120; // pieces held: 60,000 lines

/** One of the logs: its task, its label, and its lines from first up to but not including end. */
export type Strand = { task: number; label: string; first: number; end: number; at: number };

/** [number in its log, time, stream, text, goes on, which log, time it counts as]. */
type Merged = [seq: number, at: number, stream: string, text: string, cut: 0 | 1, of: number, as?: number];
type Answer = { moved?: boolean; of?: [number, number][]; from: number; lines: Merged[] };
type Asked = { from: number; until: number; stale: boolean };

const colours = 8; // the same in web/pages/logs.go and css/app.css

/** Reads data-of: "1001|web.1;1002|web.2". */
export function strandsOf(text: string): Strand[] {
  return text
    .split(";")
    .filter(Boolean)
    .map((part) => {
      const [task, label] = part.split("|");
      return { task: Number(task), label: label ?? "", first: 1, end: 1, at: 0 };
    });
}

/** Whether line a comes after line b. */
function after(a: Merged, b: Merged): boolean {
  const x = a[6] ?? a[1];
  const y = b[6] ?? b[1];
  if (x !== y) return x > y;
  if (a[5] !== b[5]) return a[5] > b[5];
  return a[0] > b[0];
}

export class MergedLines implements Store {
  first = 1;
  last = 0;
  version = 0; // grows when lines get other numbers
  private pieces = new Map<number, (Merged | undefined)[]>();
  private asked = new Map<number, Asked>();
  private latest: Merged | undefined; // the line after all others that are known
  private age = 0; // grows when everything is asked for anew

  constructor(
    private readonly src: string,
    public strands: Strand[],
    private readonly changed: () => void,
    private readonly anew: () => void,
  ) {}

  get count(): number {
    return this.last;
  }

  get(n: number): Shown | undefined {
    const m = this.at(n);
    if (!m) return undefined;
    const s = this.strands[m[5]]!;
    return { line: m as unknown as Line, cut: m[4] === 1, id: `T${s.task}L${m[0]}`, label: s.label, colour: `k${s.task % colours}` };
  }

  private at(n: number): Merged | undefined {
    return this.pieces.get(Math.floor(n / chunk))?.[n % chunk];
  }

  private put(n: number, line: Merged): void {
    const key = Math.floor(n / chunk);
    let piece = this.pieces.get(key);
    if (!piece) {
      piece = new Array<Merged | undefined>(chunk);
      this.pieces.set(key, piece);
    }
    piece[n % chunk] = line;
  }

  private forget(): void {
    for (const key of this.pieces.keys()) {
      if (this.pieces.size <= most) return;
      this.pieces.delete(key);
    }
  }

  /** Takes lines of one log that came live; those that are known change nothing. */
  add(of: number, batch: Line[]): void {
    const s = this.strands[of]!;
    const fresh = batch.filter((l) => l[0] >= s.end);
    if (fresh.length === 0) return;
    if (fresh[0]![0] !== s.end) return this.anew(); // lines between are no longer kept
    const lines = fresh.map(([seq, at, stream, text, cut]): Merged => {
      s.at = Math.max(s.at, at);
      return [seq, at, stream, text, cut ?? 0, of, s.at];
    });
    s.end = lines.at(-1)![0] + 1;
    const end = this.last + lines.length;
    if (!this.latest || after(lines[0]!, this.latest)) {
      lines.forEach((line, i) => this.put(this.last + 1 + i, line));
    } else {
      this.insert(lines);
    }
    this.last = end;
    const newest = lines.at(-1)!;
    if (!this.latest || after(newest, this.latest)) this.latest = newest;
    this.forget();
  }

  /** Puts lines where they belong before later ones of other logs. */
  private insert(lines: Merged[]): void {
    this.version++;
    const tail: Merged[] = [];
    let n = this.last;
    for (; n >= 1; n--) {
      const line = this.at(n);
      if (!line) return this.loosen(lines[0]!);
      if (!after(line, lines[0]!)) break;
      tail.push(line);
    }
    for (const a of this.asked.values()) if (a.until > n) a.stale = true;
    tail.reverse();
    for (let i = 0, j = 0; i < tail.length || j < lines.length; ) {
      const late = j >= lines.length || (i < tail.length && after(lines[j]!, tail[i]!));
      this.put(++n, late ? tail[i++]! : lines[j++]!);
    }
  }

  /** Forgets the lines after one whose place is not known: they have other numbers now, and are asked for when needed. */
  private loosen(line: Merged): void {
    for (const piece of this.pieces.values()) piece.forEach((l, i) => l && after(l, line) && (piece[i] = undefined));
    for (const a of this.asked.values()) a.stale = true;
  }

  need(a: number, b: number): void {
    for (let key = Math.floor(a / chunk); key <= Math.floor(b / chunk); key++) {
      const piece = this.pieces.get(key);
      if (piece) {
        this.pieces.delete(key);
        this.pieces.set(key, piece);
      }
      const from = Math.max(1, key * chunk);
      const to = Math.min(this.last, key * chunk + chunk - 1);
      for (let n = Math.max(a, from); n <= Math.min(b, to); n++) {
        if (this.at(n)) continue;
        void this.load(key, from, to);
        break;
      }
    }
  }

  private async load(key: number, from: number, until: number): Promise<void> {
    if (this.asked.has(key)) return;
    const asked = { from, until, stale: false };
    this.asked.set(key, asked);
    const age = this.age;
    try {
      const answer = await this.read(this.bounds(), from - 1, until - from + 1);
      if (age !== this.age) return;
      if (answer.moved) return this.anew();
      if (!asked.stale) answer.lines.forEach((line, i) => this.put(from + i, line));
      this.forget();
      this.asked.delete(key);
      this.changed();
    } catch {
      setTimeout(this.changed, 2000); // the next look asks again
    } finally {
      if (age === this.age) this.asked.delete(key);
    }
  }

  private bounds(): string {
    return this.strands.map((s) => `task.${s.task}.${s.first}.${s.end}`).join(",");
  }

  private async ask<T>(path: string): Promise<T> {
    const answer = await fetch(this.src + path);
    if (!answer.ok) throw new Error(`the logs answered ${answer.status}`);
    return (await answer.json()) as T;
  }

  private read(of: string, from: number, limit: number): Promise<Answer> {
    return this.ask(`/lines?of=${of}&from=${from}&limit=${limit}`);
  }

  /** Reads the end of the merge; what was known is forgotten. */
  async open(limit: number): Promise<void> {
    const age = ++this.age;
    const answer = await this.read(this.strands.map((s) => `task.${s.task}`).join(","), -limit, limit);
    if (age !== this.age) return;
    this.pieces.clear();
    this.asked.clear();
    this.version++;
    this.last = 0;
    answer.of?.forEach(([first, end], i) => {
      const s = this.strands[i]!;
      Object.assign(s, { first, end, at: 0 });
      this.last += end - first;
    });
    answer.lines.forEach((line, i) => {
      this.put(answer.from + 1 + i, line);
      const s = this.strands[line[5]]!;
      s.at = Math.max(s.at, line[6] ?? line[1]);
    });
    this.latest = answer.lines.at(-1);
  }

  async began(): Promise<number> {
    const answer = await this.read(this.bounds(), 0, 1);
    return answer.lines[0]?.[1] ?? 0;
  }

  /** The number of a line by its name, "T1001L37"; 0 when it is not among these. */
  async find(id: string): Promise<number> {
    const m = /^T(\d+)L(\d+)$/.exec(id);
    if (!m) return 0;
    const answer = await this.ask<{ place: number }>(`/place?of=${this.bounds()}&line=task.${m[1]}.${m[2]}`).catch(() => undefined);
    return answer ? answer.place + 1 : 0;
  }

  async search(query: string): Promise<{ hits: string[]; more: boolean; error: string }> {
    const found = await this.ask<{ hits: [number, number][]; more?: boolean; error?: string }>(`/search?of=${this.bounds()}&${query}`);
    return { hits: found.hits.map(([of, seq]) => `T${this.strands[of]!.task}L${seq}`), more: found.more ?? false, error: found.error ?? "" };
  }
}
