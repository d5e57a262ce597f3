// Slipway with JavaScript switched off: everything is read and done by links and forms.
import assert from "node:assert/strict";

import { deployed } from "./create.mjs";
import { signIn } from "./door.mjs";
import { eventually } from "./eventually.mjs";
import { Person, photo } from "./person.mjs";

export async function withoutScripts(walk) {
  const { slipway, browser } = walk;
  const plain = await Person.sit(browser, { javaScriptEnabled: false });
  const { page } = plain;
  await page.goto(`${slipway.url}/apps/new`);
  await signIn(walk, page);
  await page.waitForURL("**/apps/new");

  await plain.at("sample-static").click();
  await eventually("the repository was looked through", async () => {
    if (await plain.at("detected-runtime").count()) return true;
    await page.getByRole("link", { name: "Look again" }).click();
    return false;
  });
  await page.getByLabel("App name").fill("Knots!");
  await plain.at("create").click();
  await plain.at("wrong-name").waitFor();
  assert.equal(await page.getByLabel("App name").inputValue(), "Knots!");
  await page.getByLabel("App name").fill("knots");
  await plain.at("create").click();
  await page.waitForURL("**/apps/knots/deployments/1");
  await eventually("the deployment is live", async () => {
    await page.reload();
    const state = await plain.at("deployment").getAttribute("data-state");
    if (state === "failed") await deployed(page, "live");
    return state === "live";
  }, 300_000);
  await page.screenshot({ path: photo("scriptless"), fullPage: true });

  await page.getByRole("link", { name: "Read this log as plain text" }).click();
  await page.locator("pre.log-plain").waitFor();
  assert.match(await page.locator("pre.log-plain").textContent(), /\S/);
  await page.goto(slipway.app("knots"));
  await page.getByRole("heading", { name: "Knots worth knowing" }).waitFor();
  await plain.context.close();
}
