// The log viewer: of a million lines only those in sight are elements. It follows, pauses when the person scrolls up,
// searches on the server, and links to lines by number.
import { Lines } from "./lines.ts";
import type { Follower, Line } from "./live.ts";
import { row, type RowLook, type Stamp } from "./row.ts";
import { Search } from "./search.ts";
import { toolbar, type Toolbar } from "./toolbar.ts";

const height = 20; // px of a line; the same in css/app.css
const around = 30; // lines kept above and below those in sight
// Browsers cap how tall an element may be: Firefox at 17.9 million px, Chromium at 33.5 million. Longer logs are scrolled
// through faster than they are tall.
const tallest = 16_000_000;
const opened = 400; // lines read at first

export class Viewer implements Follower {
  readonly topic: string;
  readonly src: string;
  stamp: Stamp = "off";
  wrap = false;

  private readonly lineStore: Lines;
  private readonly bar: Toolbar;
  readonly searching: Search;
  private readonly view = document.createElement("div");
  private readonly pad = document.createElement("div");
  private readonly rows = document.createElement("div");
  private readonly pill = document.createElement("button");
  private readonly empty = document.createElement("p");

  private following = true;
  private seen = 0; // the last line when the person scrolled up
  private selected: [number, number] | undefined;
  private start = 0; // time of the first line
  private drawing = 0;
  private drawn = ""; // what the rows in the page show, to leave them alone when nothing changed
  private top = 0; // the line at the upper edge, counted from the first and in parts of a line
  private known = 0; // lines there were when drawn last
  private setTop = 0; // the scroll position that belongs to top
  private readonly keys: (e: KeyboardEvent) => void;
  private readonly hash: () => void;

  constructor(private readonly root: HTMLElement) {
    this.topic = root.dataset.log ?? "";
    this.src = root.dataset.src ?? "";
    this.lineStore = new Lines(this.src, () => this.later());
    const url = new URL(location.href);
    this.wrap = (url.searchParams.get("wrap") ?? localStorage.getItem("slipway.wrap")) === "1";
    this.stamp = (url.searchParams.get("ts") ?? localStorage.getItem("slipway.ts") ?? "off") as Stamp;
    this.searching = new Search(this);
    this.bar = toolbar(this, root.dataset.title ?? "Log");
    this.build();
    this.keys = (e) => this.key(e);
    this.hash = () => this.goToHash();
    document.addEventListener("keydown", this.keys);
    addEventListener("hashchange", this.hash);
    root.addEventListener("slipway:line", () => this.following && this.showFailure());
    void this.open();
  }

  private build(): void {
    this.view.className = "log-view";
    this.view.tabIndex = 0;
    this.view.setAttribute("role", "log");
    this.view.setAttribute("aria-live", "off");
    this.view.setAttribute("aria-label", this.root.dataset.title ?? "Log");
    this.view.dataset.testid = "log-view";
    this.pad.className = "log-pad";
    this.rows.className = "log-rows";
    this.pill.className = "log-pill";
    this.pill.type = "button";
    this.pill.hidden = true;
    this.empty.className = "log-empty";
    this.empty.textContent = "Opening the log…";
    this.pad.append(this.rows);
    this.view.append(this.pad);
    this.root.replaceChildren(this.bar.element, this.view, this.pill, this.empty);
    this.root.classList.toggle("wrap", this.wrap);
    this.view.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.view.addEventListener("scrollend", () => !this.following && this.scrollToTop(this.top));
    this.pill.addEventListener("click", () => this.follow(true));
    this.rows.addEventListener("click", (e) => this.clicked(e));
    new ResizeObserver(() => this.later()).observe(this.view);
  }

  private async open(): Promise<void> {
    try {
      await this.lineStore.open(opened);
    } catch {
      this.empty.textContent = "The log cannot be read right now. It is tried again.";
      setTimeout(() => this.root.isConnected && void this.open(), 2000);
      return;
    }
    document.dispatchEvent(new CustomEvent("slipway:follow", { detail: this }));
    this.empty.textContent = this.root.dataset.empty ?? "No output yet.";
    if (!this.goToHash()) this.showFailure();
    this.searching.begin();
    this.later();
  }

  /** Shows the line at which things went wrong, where the page names one. */
  private showFailure(): void {
    const line = Number(this.root.dataset.line);
    if (line > 0) this.show(line, line);
  }

  /** Where the live stream goes on. */
  cursor(): number {
    return this.lineStore.next;
  }

  /** Takes lines that came live. */
  lines(batch: Line[]): void {
    this.lineStore.add(batch);
    this.later();
  }

  end(): void {
    document.dispatchEvent(new CustomEvent("slipway:unfollow", { detail: this }));
    document.removeEventListener("keydown", this.keys);
    removeEventListener("hashchange", this.hash);
  }

  follow(on: boolean): void {
    this.following = on;
    if (!on) this.seen = this.lineStore.last;
    this.later();
  }

  get follows(): boolean {
    return this.following;
  }

  setWrap(on: boolean): void {
    this.wrap = on;
    localStorage.setItem("slipway.wrap", on ? "1" : "0");
    this.root.classList.toggle("wrap", on);
    this.redraw();
  }

  async setStamp(how: Stamp): Promise<void> {
    this.stamp = how;
    localStorage.setItem("slipway.ts", how);
    if (how === "relative" && this.start === 0 && this.lineStore.count > 0) {
      const answer = await this.lineStore.read(this.lineStore.first, 1).catch(() => undefined);
      this.start = answer?.lines[0]?.[1] ?? 0;
    }
    this.redraw();
  }

  fullscreen(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void this.root.requestFullscreen();
  }

  /** Draws everything anew: the look of all rows changed. */
  redraw(): void {
    this.drawn = "";
    this.later();
  }

  /** Shows the lines a to b, marked. */
  show(a: number, b: number): void {
    this.selected = [a, b];
    this.reveal(a);
  }

  /** Brings a line into sight, a third down. */
  reveal(n: number): void {
    this.follow(false);
    const top = n - this.lineStore.first - Math.floor(this.visible() / 3);
    this.sizePad();
    this.scrollToTop(top);
    this.redraw();
  }

  private later(): void {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      this.draw();
    });
  }

  private visible(): number {
    return Math.max(1, Math.floor(this.view.clientHeight / height));
  }

  private sizePad(): void {
    const want = `${Math.min(tallest, this.lineStore.count * height)}px`;
    if (this.pad.style.height !== want) this.pad.style.height = want;
  }

  /** How many lines one full scroll passes, and how many px it has. */
  private range(): { lines: number; px: number } {
    const px = Math.min(tallest, this.lineStore.count * height) - this.view.clientHeight;
    return { lines: Math.max(0, this.lineStore.count - this.view.clientHeight / height), px: Math.max(0, px) };
  }

  private scrollToTop(lines: number): void {
    const r = this.range();
    this.top = Math.max(0, Math.min(r.lines, lines));
    const scroll = r.lines === 0 ? 0 : Math.round((this.top / r.lines) * r.px);
    if (Math.abs(this.view.scrollTop - scroll) >= 1) this.view.scrollTop = scroll;
    this.setTop = this.view.scrollTop;
  }

  /** The person scrolled: by the wheel line for line, by the bar to a part of the whole. */
  private scrolled(): void {
    const scroll = this.view.scrollTop;
    const by = scroll - this.setTop;
    if (Math.abs(by) <= 1) return;
    const r = this.range();
    // By the page's own measure: lines may have come that are not drawn yet.
    const rest = this.view.scrollHeight - this.view.clientHeight - scroll;
    const stretched = r.lines * height > r.px + 1;
    if (scroll <= 0) this.top = 0;
    else if (rest < 1) this.top = r.lines;
    else if (stretched && Math.abs(by) < 3 * this.view.clientHeight) this.top = Math.max(0, Math.min(r.lines, this.top + by / height));
    else this.top = r.px === 0 ? 0 : (scroll / r.px) * r.lines;
    this.setTop = scroll;
    if (this.following && rest >= height) this.follow(false);
    else if (!this.following && rest < height && by > 0) this.follow(true);
    this.later();
  }

  private draw(): void {
    this.sizePad();
    const s = this.lineStore;
    if (this.following) this.scrollToTop(Infinity);
    else if (s.count !== this.known) this.scrollToTop(this.top); // in a stretched log the same line is now elsewhere
    this.known = s.count;
    const r = this.range();
    const scroll = this.view.scrollTop;
    const top = this.top;
    const a = s.count === 0 ? 0 : Math.max(s.first, s.first + Math.floor(top) - (this.wrap ? 0 : around));
    const b = Math.min(s.last, s.first + Math.ceil(top) + this.visible() + (this.wrap ? 1 : around));
    if (s.count > 0) s.need(a, b);
    this.drawRows(a, b);
    const offset = scroll - (top - (a - s.first)) * height;
    this.rows.style.transform = `translateY(${this.wrap ? this.wrappedOffset(scroll, r.px) : offset}px)`;
    this.empty.hidden = s.count > 0;
    this.pillText();
    this.bar.update(this);
  }

  /** Wrapped lines are taller than they count: at the end they are aligned by their last line. */
  private wrappedOffset(scroll: number, px: number): number {
    if (px - scroll > height) return scroll;
    return Math.max(0, this.view.clientHeight + scroll - this.rows.offsetHeight);
  }

  private drawRows(a: number, b: number): void {
    if (this.lineStore.count === 0) return;
    let present = "";
    for (let n = a; n <= b; n++) present += this.lineStore.get(n) ? "1" : "0";
    const state = `${a}-${b}-${present}-${this.searching.current}`;
    if (state === this.drawn) return;
    const keep = new Map<number, Element>();
    if (this.drawn !== "") {
      for (const e of this.rows.children) if (!e.classList.contains("loading") && !e.classList.contains("hit")) keep.set(Number((e as HTMLElement).dataset.n), e);
    }
    this.drawn = state;
    const all: Element[] = [];
    for (let n = a; n <= b; n++) {
      const hit = n === this.searching.current;
      all.push((!hit && keep.get(n)) || row(n, this.lineStore.get(n), this.look(n, hit)));
    }
    this.place(all);
  }

  /** Brings the rows to this list and order; rows that are there already are not touched, which keeps scrolling cheap. */
  private place(all: Element[]): void {
    const wanted = new Set(all);
    for (const e of [...this.rows.children]) if (!wanted.has(e)) e.remove();
    let at = this.rows.firstChild;
    for (const e of all) {
      if (e === at) at = at.nextSibling;
      else this.rows.insertBefore(e, at);
    }
  }

  private look(n: number, hit: boolean): RowLook {
    const selected = this.selected !== undefined && n >= this.selected[0] && n <= this.selected[1];
    return { stamp: this.stamp, start: this.start, search: this.searching.pattern, selected, hit };
  }

  private pillText(): void {
    const fresh = this.lineStore.last - this.seen;
    const show = !this.following && this.seen > 0 && fresh > 0;
    this.pill.hidden = !show;
    const text = `↓ ${fresh.toLocaleString("en")} new ${fresh === 1 ? "line" : "lines"}`;
    if (show && this.pill.textContent !== text) this.pill.textContent = text;
  }

  get count(): number {
    return this.lineStore.count;
  }

  private goToHash(): boolean {
    const m = /^#L(\d+)(?:-L?(\d+))?$/.exec(location.hash);
    if (!m) return false;
    const a = Number(m[1]);
    if (this.lineStore.count > 0 && a < this.lineStore.first) this.bar.say(`Line ${a} is no longer kept`);
    this.show(a, Math.max(a, Number(m[2] ?? a)));
    return true;
  }

  private clicked(e: MouseEvent): void {
    const a = e.target instanceof HTMLAnchorElement && e.target.hash.startsWith("#L") ? e.target : undefined;
    if (!a) return;
    e.preventDefault();
    const n = Number(a.hash.slice(2));
    const from = e.shiftKey && this.selected ? Math.min(this.selected[0], n) : n;
    const to = e.shiftKey && this.selected ? Math.max(this.selected[0], n) : n;
    this.selected = [from, to];
    history.replaceState(null, "", from === to ? `#L${from}` : `#L${from}-L${to}`);
    this.follow(false);
    this.redraw();
  }

  private key(e: KeyboardEvent): void {
    const t = e.target;
    if (t instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(t.tagName)) return;
    if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) return;
    if (e.key === "f") this.follow(true);
    else if (e.key === "n") this.searching.step(1);
    else if (e.key === "N") this.searching.step(-1);
    else return;
    e.preventDefault();
  }
}
