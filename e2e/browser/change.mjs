// An app that lives: opened, changed, rolled back, broken.
import assert from "node:assert/strict";

import { app, deployed, line, live } from "./create.mjs";

const server = "server.js";

export async function openApp(walk) {
  const { ada } = walk;
  const opened = ada.context.waitForEvent("page");
  await ada.at("open-app").click();
  const page = await opened;
  await page.waitForURL(`${walk.slipway.app(app)}/`);
  await page.getByRole("heading", { name: "Harbour board" }).waitFor();
  // Its stream of events comes through the edge too.
  await page.getByText(/Node\.js v?\d+/).first().waitFor();
  await page.close();
}

export async function deployAgain(walk) {
  const { slipway, ada } = walk;
  await slipway.commit("node", "Rename the board", "public/index.html", (html) => html.replaceAll("Harbour board", "Pilot board"));
  await deploy(walk, 2, "overview");
  await deployed(ada.page, "live");
  await ada.at("commit").getByText("Rename the board").waitFor();
  assert.equal(await heading(walk), "Pilot board");
  await ada.sees("deployment-second");
}

/** Clicks Deploy on the app's overview and comes to the page of the deployment with this number. */
export async function deploy({ slipway, ada }, number, photo = "") {
  await ada.page.goto(`${slipway.url}/apps/${app}`);
  await live(ada.page);
  await ada.at("deploy-card").getByTestId("plan").getByText("No downtime").waitFor();
  if (photo) await ada.sees(photo);
  await ada.at("deploy").click();
  await ada.page.waitForURL(`**/apps/${app}/deployments/${number}`);
}

export async function rollBack(walk) {
  const { slipway, ada } = walk;
  const { page } = ada;
  await page.goto(`${slipway.url}/apps/${app}`);
  await ada.at("roll-back").click();
  await ada.at("confirm-rollback").waitFor();
  await ada.sees("rollback");
  await ada.at("confirm-rollback").click();
  await page.waitForURL(`**/apps/${app}/deployments/3`);
  await deployed(page, "live");
  assert.equal(await heading(walk), "Harbour board");
  await page.goto(`${slipway.url}/apps/${app}`);
  assert.equal((await ada.at("live-version").textContent()).trim(), "v3");
}

export async function fail(walk) {
  const { slipway, ada } = walk;
  const { page } = ada;
  await slipway.commit("node", "Lose the chart", server, (js) => js.replace("const started", 'throw new Error("the chart is lost");\nconst started'));
  await deploy(walk, 4);
  await deployed(page, "failed");
  await ada.at("diagnosis").waitFor();
  assert.equal(await ada.at("diagnosis-code").textContent(), "SLP-3003");
  await ada.at("diagnosis").getByText("the chart is lost").waitFor();
  await page.getByText("still has all the traffic").waitFor();
  await line(page, "the chart is lost").waitFor();
  await ada.sees("deployment-failed");
  assert.equal(await heading(walk), "Harbour board");

  await page.goto(`${slipway.url}/apps/${app}`);
  await live(page);
  await ada.sees("overview-after-failure");
  await page.goto(slipway.url);
  await live(page);
  await ada.at("needs-me").waitFor();
  await ada.sees("apps");
}

/** What the app's own page says to a new visitor: the sample lets browsers keep its pages for minutes. */
async function heading({ slipway, browser }) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(slipway.app(app));
  const text = await page.getByRole("heading", { level: 1 }).textContent();
  await context.close();
  return text;
}
