// The log viewer: of a million lines only those in sight are elements. It follows, pauses when the person scrolls up,
// searches on the server, and links to lines. It shows one log, or several merged by time.
import { Lines, type Store } from "./lines.ts";
import type { Follower } from "./live.ts";
import { MergedLines, strandsOf } from "./merged.ts";
import { row, type RowLook, type Stamp } from "./row.ts";
import { Search } from "./search.ts";
import { toolbar, type Toolbar } from "./toolbar.ts";

const height = 20; // px of a line; the same in css/app.css
const around = 30; // lines kept above and below those in sight
// Browsers cap how tall an element may be: Firefox at 17.9 million px, Chromium at 33.5 million. Longer logs are scrolled
// through faster than they are tall.
const tallest = 16_000_000;
const opened = 400; // lines read at first

export class Viewer {
  readonly src: string;
  readonly query: string; // what a download of merged logs is asked for
  readonly store: Store;
  stamp: Stamp = "off";
  wrap = false;

  private readonly merged: MergedLines | undefined;
  private followers: Follower[] = [];
  private readonly bar: Toolbar;
  readonly searching: Search;
  private readonly view = document.createElement("div");
  private readonly pad = document.createElement("div");
  private readonly rows = document.createElement("div");
  private readonly pill = document.createElement("button");
  private readonly empty = document.createElement("p");

  private opened = false;
  private following = true;
  private seen = 0; // the last line when the person scrolled up
  private selected: [number, number] | undefined; // lines of one log
  private named = ""; // the marked line of a merge
  private start = 0; // time of the first line
  private drawing = 0;
  private drawn = ""; // what the rows in the page show, to leave them alone when nothing changed
  private top = 0; // the line at the upper edge, counted from the first and in parts of a line
  private known = 0; // lines there were when drawn last
  private setTop = 0; // the scroll position that belongs to top
  private readonly keys: (e: KeyboardEvent) => void;
  private readonly hash: () => void;

  constructor(private readonly root: HTMLElement) {
    this.src = root.dataset.src ?? "";
    this.query = root.dataset.query ?? "";
    const topic = root.dataset.log ?? "";
    const later = (): void => this.later();
    if (topic) {
      const lines = new Lines(this.src, later);
      this.store = lines;
      this.followers = [{ topic, cursor: () => lines.next, lines: (batch) => (lines.add(batch), later()) }];
    } else {
      this.store = this.merged = new MergedLines(this.src, strandsOf(root.dataset.of ?? ""), later, () => void this.open());
    }
    const url = new URL(location.href);
    this.wrap = (url.searchParams.get("wrap") ?? localStorage.getItem("slipway.wrap")) === "1";
    this.stamp = (url.searchParams.get("ts") ?? localStorage.getItem("slipway.ts") ?? "off") as Stamp;
    this.searching = new Search(this);
    this.bar = toolbar(this, root.dataset.title ?? "Log");
    this.build();
    this.keys = (e) => this.key(e);
    this.hash = () => void this.goToHash();
    document.addEventListener("keydown", this.keys);
    addEventListener("hashchange", this.hash);
    root.addEventListener("slipway:line", () => this.following && this.showFailure());
    root.addEventListener("slipway:of", () => this.moreStrands());
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
    this.tagWidth();
    this.view.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.view.addEventListener("scrollend", () => !this.following && this.scrollToTop(this.top));
    this.pill.addEventListener("click", () => this.follow(true));
    this.rows.addEventListener("click", (e) => this.clicked(e));
    new ResizeObserver(() => this.later()).observe(this.view);
  }

  private async open(): Promise<void> {
    this.unfollow();
    try {
      await this.store.open(opened);
    } catch {
      this.empty.textContent = "The log cannot be read right now. It is tried again.";
      setTimeout(() => this.root.isConnected && void this.open(), 2000);
      return;
    }
    if (this.merged) this.followers = this.merged.strands.map((_, of) => this.followerOf(of));
    for (const f of this.followers) this.say("follow", f);
    this.empty.textContent = this.root.dataset.empty ?? "No output yet.";
    if (!this.opened) {
      this.opened = true;
      if (!(await this.goToHash())) this.showFailure();
      this.searching.begin();
    }
    this.redraw();
  }

  private followerOf(of: number): Follower {
    const merged = this.merged!;
    const strand = merged.strands[of]!;
    return { topic: `logs:task:${strand.task}`, cursor: () => strand.end, lines: (batch) => (merged.add(of, batch), this.later()) };
  }

  /** Takes in the tasks that the page names now; one that ended stays until the page is loaded again. */
  private moreStrands(): void {
    const merged = this.merged;
    if (!merged || !this.opened) return;
    const known = new Set(merged.strands.map((s) => s.task));
    const more = strandsOf(this.root.dataset.of ?? "").filter((s) => !known.has(s.task));
    if (more.length === 0) return;
    const last = merged.strands.at(-1)?.task ?? 0;
    merged.strands.push(...more);
    this.tagWidth();
    if (more.some((s) => s.task < last)) {
      // The order of lines of one moment is that of their tasks: with one in the middle everything is asked for anew.
      merged.strands.sort((a, b) => a.task - b.task);
      return void this.open();
    }
    for (let of = merged.strands.length - more.length; of < merged.strands.length; of++) {
      const f = this.followerOf(of);
      this.followers.push(f);
      this.say("follow", f);
    }
  }

  /** Labels of tasks stand in a column as wide as the longest. */
  private tagWidth(): void {
    const longest = Math.max(0, ...(this.merged?.strands ?? []).map((s) => s.label.length));
    this.root.style.setProperty("--tag", `${longest}ch`);
  }

  private say(what: "follow" | "unfollow", f: Follower): void {
    document.dispatchEvent(new CustomEvent(`slipway:${what}`, { detail: f }));
  }

  private unfollow(): void {
    for (const f of this.followers) this.say("unfollow", f);
  }

  /** Shows the line at which things went wrong, where the page names one. */
  private showFailure(): void {
    const line = Number(this.root.dataset.line);
    if (line > 0) this.show(line, line);
  }

  end(): void {
    this.unfollow();
    document.removeEventListener("keydown", this.keys);
    removeEventListener("hashchange", this.hash);
  }

  follow(on: boolean): void {
    this.following = on;
    if (!on) this.seen = this.store.last;
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
    if (how === "relative" && this.start === 0 && this.store.count > 0) {
      this.start = await this.store.began().catch(() => 0);
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

  /** Shows the lines a to b of one log, marked. */
  show(a: number, b: number): void {
    this.selected = [a, b];
    this.scrollTo(a);
  }

  /** Brings a line into sight by its name. */
  async reveal(id: string): Promise<boolean> {
    const n = await this.store.find(id);
    if (n > 0) this.scrollTo(n);
    return n > 0;
  }

  /** Brings a line into sight, a third down. */
  private scrollTo(n: number): void {
    this.follow(false);
    const top = n - this.store.first - Math.floor(this.visible() / 3);
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
    const want = `${Math.min(tallest, this.store.count * height)}px`;
    if (this.pad.style.height !== want) this.pad.style.height = want;
  }

  /** How many lines one full scroll passes, and how many px it has. */
  private range(): { lines: number; px: number } {
    const px = Math.min(tallest, this.store.count * height) - this.view.clientHeight;
    return { lines: Math.max(0, this.store.count - this.view.clientHeight / height), px: Math.max(0, px) };
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
    const s = this.store;
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
    if (this.store.count === 0) return;
    let present = "";
    for (let n = a; n <= b; n++) present += this.store.get(n) ? "1" : "0";
    const current = this.searching.current;
    const state = `${a}-${b}-${present}-${current}-${this.store.version}`;
    if (state === this.drawn) return;
    const keep = new Map<string, HTMLElement>();
    if (this.drawn !== "") {
      for (const e of this.rows.children as Iterable<Element> as Iterable<HTMLElement>) if (e.dataset.id && !e.classList.contains("hit")) keep.set(e.dataset.id, e);
    }
    this.drawn = state;
    const all: Element[] = [];
    for (let n = a; n <= b; n++) {
      const shown = this.store.get(n);
      const hit = shown !== undefined && shown.id === current;
      const kept = shown && !hit ? keep.get(shown.id) : undefined;
      if (kept) kept.dataset.n = String(n);
      all.push(kept ?? row(n, shown, this.look(n, shown?.id, hit)));
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

  private look(n: number, id: string | undefined, hit: boolean): RowLook {
    const selected = this.merged ? id === this.named : this.selected !== undefined && n >= this.selected[0] && n <= this.selected[1];
    return { stamp: this.stamp, start: this.start, search: this.searching.pattern, selected, hit };
  }

  private pillText(): void {
    const fresh = this.store.last - this.seen;
    const show = !this.following && this.seen > 0 && fresh > 0;
    this.pill.hidden = !show;
    const text = `↓ ${fresh.toLocaleString("en")} new ${fresh === 1 ? "line" : "lines"}`;
    if (show && this.pill.textContent !== text) this.pill.textContent = text;
  }

  get count(): number {
    return this.store.count;
  }

  /** Goes to the line that the address names: #L12, #L12-L20, or in a merge #T1001L37. */
  private async goToHash(): Promise<boolean> {
    const name = location.hash.slice(1);
    if (this.merged) {
      if (!/^T\d+L\d+$/.test(name)) return false;
      this.named = name;
      if (await this.reveal(name)) return true;
      this.bar.say("That line is not in these logs any more");
      this.later();
      return false;
    }
    const m = /^L(\d+)(?:-L?(\d+))?$/.exec(name);
    if (!m) return false;
    const a = Number(m[1]);
    if (this.store.count > 0 && a < this.store.first) this.bar.say(`Line ${a} is no longer kept`);
    this.show(a, Math.max(a, Number(m[2] ?? a)));
    return true;
  }

  private clicked(e: MouseEvent): void {
    const a = e.target instanceof HTMLAnchorElement && /^#(T\d+)?L\d+$/.test(e.target.hash) ? e.target : undefined;
    if (!a) return;
    e.preventDefault();
    if (this.merged) this.named = a.hash.slice(1);
    else {
      const n = Number(a.hash.slice(2));
      const from = e.shiftKey && this.selected ? Math.min(this.selected[0], n) : n;
      const to = e.shiftKey && this.selected ? Math.max(this.selected[0], n) : n;
      this.selected = [from, to];
    }
    history.replaceState(null, "", this.selected && this.selected[0] !== this.selected[1] ? `#L${this.selected[0]}-L${this.selected[1]}` : a.hash);
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
