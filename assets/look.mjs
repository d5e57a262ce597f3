// Looks at every page of the storybook in Chromium: saves screenshots, and fails on sideways scrolling, on broken
// scripts and styles, and on anything serious that axe finds.
// Usage: node look.mjs URL OUT [only-this-page …]; LOOK_FAST=1 takes one size and theme and skips axe.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [url = "http://127.0.0.1:8090", out = "look", ...only] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const fast = process.env.LOOK_FAST === "1";

const scenes = {
  apps: "/", "apps-none": "/?q=nothing", new: "/apps/new", "new-running": "/apps/new/2", "new-review": "/apps/new/1", "new-failed": "/apps/new/3",
  app: "/apps/harbor-shop", "app-busy": "/apps/tide-tables", "app-failing": "/apps/gangway", "app-waiting": "/apps/crane-scheduler", "app-stopped": "/apps/winter-store", "app-new": "/apps/new-idea",
  deployments: "/apps/harbor-shop/deployments", "deployment-live": "/apps/harbor-shop/deployments/14", "deployment-busy": "/apps/tide-tables/deployments/15",
  "deployment-failed": "/apps/pilot-board/deployments/15", "deployment-deaf": "/apps/lighthouse/deployments/15",
  releases: "/apps/harbor-shop/releases", rollback: "/apps/harbor-shop/rollback?to=11", logs: "/apps/harbor-shop/logs", "logs-process": "/apps/harbor-shop/logs?process=web", "logs-task": "/apps/harbor-shop/logs?task=1001", "logs-merged-plain": "/apps/harbor-shop/logs/plain", "logs-search": "/apps/harbor-shop/logs?q=WARN&ts=utc", "logs-plain": "/logs/task/1001/plain",
  variables: "/apps/harbor-shop/variables", settings: "/apps/harbor-shop/settings", nodes: "/nodes", node: "/nodes/quay-1",
  members: "/members", credentials: "/credentials", tokens: "/tokens", account: "/account", "not-found": "/apps/nothing-here", "sign-in": "/sign-in",
};

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
const problems = [];
mkdirSync(out, { recursive: true });

for (const theme of fast ? ["light"] : ["light", "dark"]) {
  for (const width of fast ? [1280] : [1280, 360]) {
    const context = await browser.newContext({ viewport: { width, height: width === 360 ? 740 : 860 }, colorScheme: theme, bypassCSP: false });
    const page = await context.newPage();
    page.on("pageerror", (e) => problems.push(`${page.url()}: ${e.message}`));
    page.on("console", (m) => {
      if (m.type() === "error" && !/status of (400|404|409)/.test(m.text())) problems.push(`${page.url()}: ${m.text()}`);
    });
    for (const [name, path] of Object.entries(scenes)) {
      if (only.length > 0 && !only.includes(name)) continue;
      if (name === "sign-in") await context.clearCookies();
      else if ((await context.cookies()).length === 0) await context.addCookies([{ name: "slipway", value: "ada@example.com", url }]);
      await page.goto(url + path);
      await page.waitForFunction(() => !document.body.dataset.view || document.documentElement.dataset.conn === "live");
      if (await page.locator("[data-log]").count()) await page.locator(".log-view .line:not(.loading)").first().waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) problems.push(`${name} ${theme} ${width}: scrolls sideways by ${wide} px`);
      // A full-page shot scrolls the log's own view to its start.
      const log = (await page.locator("[data-log]").count()) > 0;
      if (log) await page.setViewportSize({ width, height: await page.evaluate(() => Math.min(1800, document.documentElement.scrollHeight)) });
      await page.screenshot({ path: join(out, `${name}-${theme}-${width}.png`), fullPage: !log });
      if (fast) continue;
      const { violations } = await page.evaluate(`(() => { ${axe}; return axe.run(document, { resultTypes: ["violations"] }); })()`).catch((e) => ({ violations: [{ id: "axe", impact: "critical", help: String(e), nodes: [] }] }));
      for (const v of violations) {
        if (v.impact === "serious" || v.impact === "critical") problems.push(`${name} ${theme} ${width}: ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join(" | ")}`);
      }
    }
    await context.close();
  }
}
await browser.close();
for (const p of [...new Set(problems)]) console.error(p);
process.exit(problems.length > 0 ? 1 : 0);
