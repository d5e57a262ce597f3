// The log of a running task.
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
  await search(walk);
  await link(walk);
  await download(walk);
}

/** What the app prints now appears now. */
async function follow({ slipway, ada }) {
  const { page } = ada;
  assert.equal(await ada.at("log-follow").getAttribute("aria-pressed"), "true");
  // Both tasks of the app get some, whichever is watched.
  for (let i = 0; i < 6; i++) {
    const answer = await slipway.post(app, "/api/signals", { flag: "H", ship: `Petrel ${i}` });
    assert.equal(answer.status(), 201);
  }
  await line(page, 'signal H from "Petrel').waitFor();
  await ada.sees("logs");
}

async function search({ ada }) {
  const { page } = ada;
  await ada.at("log-search").fill("signal h");
  await page.waitForFunction(() => /^\d+ of \d+$/.test(document.querySelector("[data-testid=log-hits]").textContent));
  await page.locator(".line.hit mark").first().waitFor();
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
  const number = await wanted.getAttribute("data-n");
  await wanted.locator('a[href^="#L"]').click();
  await page.waitForURL((url) => url.hash === `#L${number}`);
  const other = await ada.context.newPage();
  await other.goto(page.url());
  const marked = other.locator(`.line.sel[data-n="${number}"]`);
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
  assert.match(gunzipSync(await readFile(await file.path())).toString(), /harbour board listening/);
}
