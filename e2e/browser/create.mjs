// From the source to the first version that answers.
import assert from "node:assert/strict";
import { join } from "node:path";

import { eventually } from "./eventually.mjs";

export const app = "harbour";

export async function repositoryWrong({ slipway, ada }) {
  const { page } = ada;
  await page.getByTestId("new-app").click();
  await page.waitForURL("**/apps/new");
  await ada.sees("new-app");

  await ada.at("repo-form").getByLabel("Git repository").fill("no repository at all");
  await ada.at("inspect").click();
  await ada.at("wrong-repo").waitFor();
  assert.equal(await ada.at("repo-form").getByLabel("Git repository").inputValue(), "no repository at all");
  await ada.sees("new-app-wrong");

  const missing = join(slipway.data, "samples", "not-there");
  await ada.at("repo-form").getByLabel("Git repository").fill(missing);
  await ada.at("inspect").click();
  await ada.at("diagnosis").waitFor();
  assert.match(await ada.at("diagnosis-code").textContent(), /^SLP-1\d{3}$/);
  assert.equal(await page.getByLabel("Git repository").inputValue(), missing);
  await ada.sees("inspection-failed");
}

export async function detect({ slipway, ada }) {
  const { page } = ada;
  // An engine that has seen the sample before would take every step from its cache, too quick to be watched.
  await slipway.commit("node", "Name this board", "package.json", (json) => json.replace("harbour-board", `harbour-board-${Date.now()}`));
  await page.goto(`${slipway.url}/apps/new`);
  await ada.at("sample-node").click();
  await ada.at("detected-runtime").waitFor();
  assert.match(await ada.at("detected-runtime").textContent(), /Node\.js/);
  await page.getByText("What was seen, and where each default comes from").click();
  assert.ok((await ada.at("detected").locator("tbody tr").count()) > 2, "the defaults are listed with their sources");
  for (const label of ["App name", "Install command", "Start command of web", "Port", "Health path", "Tasks", "Memory per task, MiB", "CPU per task, cores"]) {
    assert.notEqual(await page.getByLabel(label, { exact: true }).inputValue(), "", `${label} has its default`);
  }
  assert.equal(await page.getByLabel("Branch").getAttribute("placeholder"), "the default branch");
  await ada.sees("review");
}

export async function create({ ada }) {
  const { page } = ada;
  await page.getByLabel("App name").fill("Not A Name!");
  await page.getByLabel("Memory per task, MiB").fill("300");
  await page.getByLabel("Port").fill("harbour");
  await ada.at("create").click();
  await ada.at("wrong-name").waitFor();
  await ada.at("wrong-port").waitFor();
  assert.equal(await page.getByLabel("App name").inputValue(), "Not A Name!");
  assert.equal(await page.getByLabel("Memory per task, MiB").inputValue(), "300");
  assert.equal(await page.getByLabel("Port").inputValue(), "harbour");
  await ada.sees("review-wrong");

  await page.getByLabel("App name").fill(app);
  await page.getByLabel("Port").fill("8080");
  await ada.at("create").click();
  await page.waitForURL(`**/apps/${app}/deployments/1`);
}

export async function watchFirst({ ada }) {
  const { page } = ada;
  // The page notes which logs show lines, as long as nothing loads it anew: on a quick machine a build is over sooner
  // than a test can ask.
  await page.evaluate(() => {
    window.shown = [];
    const note = () => {
      const log = document.querySelector(".line:not(.loading)")?.closest("[data-log]")?.dataset.log;
      if (log && !window.shown.includes(log)) window.shown.push(log);
    };
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true });
    note();
  });
  await live(page);
  await page.locator(".log-view .line:not(.loading)").first().waitFor({ timeout: 300_000 });
  await ada.glances("deployment-building");
  await line(page, "harbour board listening").waitFor({ timeout: 300_000 });
  await deployed(page, "live");
  assert.deepEqual(await page.evaluate(() => window.shown?.map((topic) => topic.split(":")[1])), ["build", "task"]);
  assert.equal(await page.locator('.rung:not([data-phase-state="succeeded"], [data-phase-state="skipped"])').count(), 0);
  await ada.sees("deployment-live");
}

/** Waits until the page is kept up to date. */
export function live(page) {
  return page.waitForFunction(() => document.documentElement.dataset.conn === "live");
}

/** A line of a log that is in sight. */
export function line(page, text) {
  return page.locator(".log-view .line:not(.loading)", { hasText: text }).first();
}

/** Waits until the deployment of the page has come to its end, and fails at once when that is another one. */
export async function deployed(page, wanted, within = 300_000) {
  const state = () => page.getByTestId("deployment").getAttribute("data-state");
  await eventually(`the deployment is ${wanted}`, async () => {
    const now = await state();
    if (now !== wanted && ["live", "failed", "canceled", "superseded"].includes(now)) {
      throw Object.assign(new Error(`the deployment is ${now}: ${await page.getByTestId("deployment-body").innerText()}`), { final: true });
    }
    return now === wanted;
  }, within);
}
