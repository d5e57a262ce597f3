// Searching a log: the server finds the lines, the viewer goes to them.
import type { Viewer } from "./viewer.ts";

const pause = 250; // ms after the last letter

export class Search {
  hits: string[] = []; // the names of lines
  more = false; // there are more hits than were given
  error = "";
  query = "";
  regex = false;
  pattern: RegExp | undefined;
  private at = -1;
  private timer = 0;

  constructor(private readonly viewer: Viewer) {
    const url = new URL(location.href).searchParams;
    this.query = url.get("q") ?? "";
    this.regex = url.get("re") === "1";
  }

  /** The line of the present hit; "" for none. */
  get current(): string {
    return this.hits[this.at] ?? "";
  }

  /** What stands beside the field: "3 of 120". */
  get words(): string {
    if (this.error) return this.error;
    if (this.query === "") return "";
    if (this.hits.length === 0) return "no match";
    const total = `${this.hits.length.toLocaleString("en")}${this.more ? "+" : ""}`;
    return this.at < 0 ? `${total} lines` : `${(this.at + 1).toLocaleString("en")} of ${total}`;
  }

  /** Carries out the search that the address names. */
  begin(): void {
    if (this.query) void this.run(!location.hash);
  }

  set(query: string, regex: boolean): void {
    this.query = query;
    this.regex = regex;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.run(true), pause);
  }

  private async run(go: boolean): Promise<void> {
    const url = new URL(location.href);
    const put = (k: string, v: string): void => (v ? url.searchParams.set(k, v) : url.searchParams.delete(k));
    put("q", this.query);
    put("re", this.query && this.regex ? "1" : "");
    history.replaceState(null, "", url);
    const query = this.query;
    this.hits = [];
    this.at = -1;
    this.error = "";
    this.pattern = this.compile();
    if (query) {
      const found = await this.viewer.store.search(`q=${encodeURIComponent(query)}&regex=${this.regex ? 1 : 0}`).catch(() => undefined);
      if (query !== this.query) return;
      if (!found) this.error = "search failed";
      else {
        this.hits = found.hits;
        this.more = found.more;
        this.error = found.error;
      }
    }
    this.viewer.redraw();
    if (go && this.hits.length > 0) this.step(-1); // the newest hit first, as the log opens at its end
  }

  private compile(): RegExp | undefined {
    if (!this.query) return undefined;
    try {
      return new RegExp(this.regex ? this.query : this.query.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), this.regex ? "g" : "gi");
    } catch {
      return undefined; // the server says what is wrong with it
    }
  }

  step(by: number): void {
    if (this.hits.length === 0) return;
    this.at = this.at < 0 && by < 0 ? this.hits.length - 1 : (this.at + by + this.hits.length) % this.hits.length;
    void this.viewer.reveal(this.current);
  }
}
