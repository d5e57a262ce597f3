// The logs of an app: its two tasks together, and each alone.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

import { app, line, live } from "./create.mjs";

export async function logs(walk) {
  const { slipway, ada } = walk;
  const { page } = ada;
  await page.goto(`${slipway.url}/apps/${app}/logs`);
  await live(page);
  await line(page, "harbour board listening").waitFor();
  await follow(walk);
  await alone(walk);
  await search(walk);
  await link(walk);
  await download(walk);
}

/** What the app prints now appears now. */
async function follow({ slipway, ada }) {
  const { page } = ada;
  assert.equal(await ada.at("log-follow").getAttribute("aria-pressed"), "true");
  for (let i = 0; i < 6; i++) {
    const answer = await slipway.post(app, "/api/signals", { flag: "H", ship: `Petrel ${i}` });
    assert.equal(answer.status(), 201);
  }
  // Both tasks got some; each line is there once, under the label of its task.
  const said = page.locator(".log-view .line:not(.loading)", { hasText: 'signal H from "Petrel' });
  await page.waitForFunction(() => document.querySelectorAll(".log-view .line").length > 0 && (document.querySelector(".log-view").textContent.match(/signal H from "Petrel/g) ?? []).length >= 6);
  const texts = await said.locator(":scope > span").allTextContents();
  assert.deepEqual(texts.map((t) => /Petrel \d/.exec(t)[0]).sort(), [0, 1, 2, 3, 4, 5].map((i) => `Petrel ${i}`));
  const tasks = new Set(await said.locator(".strand").allTextContents());
  assert.equal(tasks.size, 2, `lines of ${[...tasks]}`);
  await ada.sees("logs");
}

/** One task's log has numbered lines, and only its own. */
async function alone({ ada }) {
  const { page } = ada;
  await ada.at("log-choices").getByRole("link", { name: /^web\.1/ }).first().click();
  await page.waitForURL((url) => url.searchParams.has("task"));
  await line(page, "harbour board listening").waitFor();
  assert.equal(await page.locator(".log-view .strand").count(), 0);
  await ada.at("log-choices").getByRole("link", { name: "All tasks" }).click();
  await page.waitForURL((url) => !url.searchParams.has("task"));
  await live(page);
  await line(page, "harbour board listening").waitFor();
}

async function search({ ada }) {
  const { page } = ada;
  await ada.at("log-search").fill("signal h");
  await page.waitForFunction(() => /^\d+ of \d+$/.test(document.querySelector("[data-testid=log-hits]").textContent));
  await page.locator(".line.hit mark").waitFor();
  assert.equal(new URL(page.url()).searchParams.get("q"), "signal h");
  await ada.sees("logs-search");
  await ada.at("log-search").fill("no such words");
  await page.waitForFunction(() => document.querySelector("[data-testid=log-hits]").textContent === "no match");
  await ada.at("log-search").fill("");
  await page.waitForURL((url) => !url.searchParams.has("q"));
}

async function link({ ada }) {
  const { page } = ada;
  const wanted = line(page, "harbour board listening");
  const id = await wanted.getAttribute("data-id");
  await wanted.locator(":scope > a").click();
  await page.waitForURL((url) => url.hash === `#${id}`);
  const other = await ada.context.newPage();
  await other.goto(page.url());
  const marked = other.locator(`.line.sel[data-id="${id}"]`);
  await marked.waitFor();
  assert.match(await marked.textContent(), /harbour board listening/);
  await ada.sees("logs-line", other);
  await other.close();
}

async function download({ ada }) {
  const begun = ada.page.waitForEvent("download");
  await ada.page.getByRole("link", { name: /Download the whole log/ }).click();
  const file = await begun;
  assert.match(file.suggestedFilename(), /\.gz$/);
  assert.match(gunzipSync(await readFile(await file.path())).toString(), /^\S+Z web\.\d\S*( v\d+)? +.*harbour board listening/m);
}
