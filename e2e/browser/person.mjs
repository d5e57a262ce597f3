// A person at a browser: what she sees is photographed and judged in light and dark, wide and on a phone.
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { chromium } from "playwright-core";

const out = fileURLToPath(new URL("../out", import.meta.url));

/** Where the photograph with this name is kept. */
export const photo = (name) => join(out, `${name}.png`);

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const wide = { width: 1280, height: 860 };
const phone = { width: 360, height: 740 };
const tallest = 1800; // px; of a page with a log, more is only more log

// A form that comes back with what was wrong, and a page that is not there, are answers and not faults.
const answered = /^Failed to load resource: the server responded with a status of (400|401|403|404|409)/;
// While the network is cut on purpose, the browser says so.
const cut = /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|WebSocket connection to/;

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

export class Person {
  problems = [];
  offline = false; // the network is cut, or Slipway is down, on purpose

  static async sit(browser, options = {}) {
    const p = new Person();
    await mkdir(out, { recursive: true });
    p.context = await browser.newContext({ viewport: wide, colorScheme: "light", reducedMotion: "reduce", acceptDownloads: true, ...options });
    p.context.setDefaultTimeout(30_000);
    p.context.on("page", (page) => p.#watch(page));
    p.page = await p.context.newPage();
    return p;
  }

  #watch(page) {
    page.on("pageerror", (error) => this.problems.push(`${page.url()}: ${error.stack ?? error.message}`));
    page.on("console", (message) => {
      if (message.type() !== "error" || answered.test(message.text()) || (this.offline && cut.test(message.text()))) return;
      this.problems.push(`${page.url()}: ${message.text()}`);
    });
  }

  /** The element that a page marks for tests. */
  at(id) {
    return this.page.getByTestId(id);
  }

  /** Photographs the page as it is now in every look, and notes what is wrong with it. */
  async sees(name, page = this.page) {
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const size of [wide, phone]) {
        await page.setViewportSize(size);
        await this.#judge(page, `${name}-${colorScheme}-${size.width}`, size);
      }
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize(wide);
  }

  /** Photographs only what is on its way and would be gone before every look was taken. */
  async glances(name) {
    await this.#judge(this.page, `${name}-light-1280`, wide);
  }

  async #judge(page, name, size) {
    // A new theme fades in; it is judged when it is there.
    await page.evaluate(() => document.getAnimations().filter((a) => a.effect?.getComputedTiming().iterations !== Infinity).forEach((a) => a.finish()));
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) this.problems.push(`${name}: scrolls sideways by ${over} px`);
    for (const v of await violations(page)) this.problems.push(`${name}: ${v}`);
    // A full-page photograph scrolls a log's own view to its start: such a page is photographed in a taller window.
    const log = (await page.locator(".log-view").count()) > 0;
    if (log) await page.setViewportSize({ ...size, height: Math.min(tallest, await page.evaluate(() => document.documentElement.scrollHeight)) });
    await page.screenshot({ path: photo(name), fullPage: !log });
    if (log) await page.setViewportSize(size);
  }

  /** What went wrong since it was asked last. */
  complaints() {
    const all = [...new Set(this.problems)];
    this.problems = [];
    return all;
  }
}

/** What axe finds serious or critical, in one line each. */
async function violations(page) {
  const found = await page.evaluate(`(async () => { if (!window.axe) { ${axe} } return (await axe.run(document, { resultTypes: ["violations"] })).violations; })()`);
  return found
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} ${n.any[0]?.message ?? ""}`).join(" | ")}`);
}
