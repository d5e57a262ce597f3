// The pages that nobody would walk through in one go, the keyboard, themes, bad networks, and the end of an app.
import assert from "node:assert/strict";
import { hostname } from "node:os";

import { app, live } from "./create.mjs";

export async function otherPages({ slipway, ada }) {
  const { page } = ada;
  const pages = {
    deployments: `/apps/${app}/deployments`, releases: `/apps/${app}/releases`, "deployment-ended": `/apps/${app}/deployments/1`,
    nodes: "/nodes", node: `/nodes/${hostname()}`, members: "/members", credentials: "/credentials", tokens: "/tokens", account: "/account",
    "apps-none-found": "/?q=nothing", "not-found": "/apps/nothing-here",
  };
  for (const [name, path] of Object.entries(pages)) {
    const answer = await page.goto(slipway.url + path);
    assert.equal(answer.status(), name === "not-found" ? 404 : 200, path);
    if (await page.locator("body[data-view]").count()) await live(page);
    await ada.sees(name);
  }

  await page.goto(`${slipway.url}/tokens`);
  await page.getByLabel("Name").fill("laptop");
  await page.getByRole("button", { name: "Make token" }).click();
  await ada.at("token-secret").waitFor();
  await ada.sees("token-made");

  await page.goto(`${slipway.url}/members`);
  await page.getByLabel("Name").fill("Grace");
  await page.getByLabel("E-mail").fill("grace@example.com");
  await page.getByRole("button", { name: "Add member" }).click();
  await ada.at("one-time-password").waitFor();
  await ada.sees("member-added");

  assert.equal((await page.goto(slipway.app("nobody"))).status(), 404);
  await ada.sees("edge-unknown");
}

export async function keyboard({ slipway, ada }) {
  const { page } = ada;
  await page.goto(`${slipway.url}/`);
  await live(page);
  await page.keyboard.press("Shift+?");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await ada.sees("keyboard-help");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor({ state: "hidden" });

  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Search and commands" });
  await palette.getByRole("combobox").fill(app.slice(0, 4));
  await palette.getByRole("option", { name: app }).first().waitFor();
  await ada.sees("palette");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/apps/${app}`);
  for (const [keys, path] of [["gl", "/logs"], ["gs", "/settings"], ["gd", "/deployments"]]) {
    for (const key of keys) await page.keyboard.press(key);
    await page.waitForURL(`**/apps/${app}${path}`);
  }
  // The first stop of the Tab key leads past the menu.
  await page.goto(`${slipway.url}/`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
}

export async function themes({ slipway, ada }) {
  const { page } = ada;
  await page.goto(`${slipway.url}/members`);
  await choose(ada, "Dark");
  await page.goto(`${slipway.url}/`);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await choose(ada, "As the system");
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), undefined);
}

async function choose(ada, theme) {
  await ada.at("user-menu").locator("summary").click();
  const answered = ada.page.waitForResponse((r) => r.request().method() === "POST" && r.url().endsWith("/theme"));
  await ada.at("user-menu").getByRole("button", { name: theme }).click();
  await answered;
  await ada.page.waitForLoadState();
}

export async function networkCut({ slipway, ada }) {
  const { page } = ada;
  await page.goto(`${slipway.url}/apps/${app}`);
  await live(page);
  await page.evaluate(() => (window.walked = true));
  ada.offline = true;
  await ada.context.setOffline(true);
  await ada.at("connection").getByText("Reconnecting").waitFor();
  await ada.glances("offline");
  await ada.context.setOffline(false);
  await live(page);

  await slipway.kill();
  await ada.at("connection").getByText("Reconnecting").waitFor();
  await slipway.start();
  await live(page);
  assert.equal(await ada.at("connection").textContent(), "Live");
  assert.equal(await page.evaluate(() => window.walked), true, "it heals without a reload");
  await ada.at("live-release").getByText("2/2").waitFor();
  ada.offline = false;
}

export async function destroy({ slipway, ada }) {
  const { page } = ada;
  await page.goto(`${slipway.url}/apps/${app}/settings`);
  const button = ada.at("destroy");
  assert.ok(await button.isDisabled(), "nothing is destroyed by one click");
  const confirm = ada.at("destroy-form").getByRole("textbox");
  await confirm.fill("harbor");
  assert.ok(await button.isDisabled());
  await confirm.fill(app);
  await button.click();
  await page.waitForURL(`${slipway.url}/`);
  await ada.at("flash").waitFor();
  await live(page);
  await ada.sees("destroyed");
  await page.locator(`#app-${app}`).waitFor({ state: "detached" });
  assert.equal((await page.goto(slipway.app(app))).status(), 404);
}
