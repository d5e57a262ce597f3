// The lines of one log that the page holds: pieces of the whole, the rest is asked for when it comes into sight.
import type { Line } from "./live.ts";

const chunk = 500; // lines of one piece
const most = 120; // pieces held: 60,000 lines

/** A line as it is shown: its name for links, and in a merge the label and colour of its task. */
export type Shown = { line: Line; cut: boolean; id: string; label?: string; colour?: string };

/** Where a viewer has its lines from; numbers run from first to last. */
export type Store = {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly version: number; // grows when lines get other numbers
  get(n: number): Shown | undefined;
  need(a: number, b: number): void;
  open(limit: number): Promise<void>;
  began(): Promise<number>; // the time of the first line
  find(id: string): Promise<number>;
  search(query: string): Promise<{ hits: string[]; more: boolean; error: string }>;
};

export class Lines implements Store {
  readonly version = 0;
  first = 0; // number of the first line the server still has; 0 for an empty log
  last = 0;
  /** The next line to follow from: everything before it was received or can be asked for. */
  next = 1;
  private pieces = new Map<number, (Line | undefined)[]>();
  private asked = new Set<number>();

  constructor(
    private readonly src: string,
    private readonly changed: () => void,
  ) {}

  get count(): number {
    return this.last === 0 ? 0 : this.last - this.first + 1;
  }

  get(n: number): Shown | undefined {
    const line = this.pieces.get(Math.floor(n / chunk))?.[n % chunk];
    return line && { line, cut: line[4] === 1, id: `L${n}` };
  }

  /** Takes lines that came live. Lines that were received before change nothing. */
  add(batch: Line[]): void {
    for (const line of batch) this.put(line);
    const end = batch.at(-1);
    if (!end) return;
    if (this.first === 0) this.first = batch[0]![0];
    this.last = Math.max(this.last, end[0]);
    this.next = Math.max(this.next, end[0] + 1);
    this.forget();
  }

  private put(line: Line): void {
    const key = Math.floor(line[0] / chunk);
    let piece = this.pieces.get(key);
    if (!piece) {
      piece = new Array<Line | undefined>(chunk);
      this.pieces.set(key, piece);
    }
    piece[line[0] % chunk] = line;
  }

  /** The pieces used longest ago go first. */
  private forget(): void {
    for (const key of this.pieces.keys()) {
      if (this.pieces.size <= most) return;
      this.pieces.delete(key);
    }
  }

  /** Marks the lines from a to b as in sight, and asks for those that are not here. */
  need(a: number, b: number): void {
    for (let key = Math.floor(a / chunk); key <= Math.floor(b / chunk); key++) {
      const piece = this.pieces.get(key);
      if (piece) {
        this.pieces.delete(key);
        this.pieces.set(key, piece);
      }
      const from = Math.max(this.first, key * chunk);
      const to = Math.min(this.last, key * chunk + chunk - 1);
      for (let n = Math.max(a, from); n <= Math.min(b, to); n++) {
        if (this.get(n)) continue;
        void this.load(key, from, to - from + 1);
        break;
      }
    }
  }

  private async load(key: number, from: number, limit: number): Promise<void> {
    if (this.asked.has(key)) return;
    this.asked.add(key);
    try {
      const answer = await this.read(from, limit);
      for (const line of answer.lines) this.put(line);
      this.forget();
      this.changed();
    } catch {
      setTimeout(this.changed, 2000); // the next look asks again
    } finally {
      this.asked.delete(key);
    }
  }

  async read(from: number, limit: number): Promise<{ first: number; last: number; lines: Line[] }> {
    const answer = await fetch(`${this.src}/lines?from=${from}&limit=${limit}`);
    if (!answer.ok) throw new Error(`the log answered ${answer.status}`);
    return (await answer.json()) as { first: number; last: number; lines: Line[] };
  }

  /** Reads the end of the log, so that following goes on from there. */
  async open(limit: number): Promise<void> {
    const answer = await this.read(-limit, limit);
    this.first = answer.first;
    this.last = Math.max(this.last, answer.last);
    for (const line of answer.lines) this.put(line);
    this.next = Math.max(this.next, answer.last + 1);
  }

  async began(): Promise<number> {
    const answer = await this.read(this.first, 1);
    return answer.lines[0]?.[1] ?? 0;
  }

  find(id: string): Promise<number> {
    return Promise.resolve(Number(/^L(\d+)/.exec(id)?.[1] ?? 0));
  }

  async search(query: string): Promise<{ hits: string[]; more: boolean; error: string }> {
    const answer = await fetch(`${this.src}/search?${query}`);
    if (!answer.ok) throw new Error(`the log answered ${answer.status}`);
    const found = (await answer.json()) as { hits: number[]; more?: boolean; error?: string };
    return { hits: found.hits.map((n) => `L${n}`), more: found.more ?? false, error: found.error ?? "" };
  }
}
