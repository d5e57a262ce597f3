// Variables and scale.
import assert from "node:assert/strict";

import { deploy } from "./change.mjs";
import { app, deployed, line, live } from "./create.mjs";

const secret = "s3cret-lantern-42";

export async function variables(walk) {
  const { slipway, ada } = walk;
  const { page } = ada;
  await page.goto(`${slipway.url}/apps/${app}/variables`);
  await ada.sees("variables-empty");
  const field = ada.at("variables-form").locator("textarea");
  await field.fill("GREETING=ahoy\nthis is no variable");
  await ada.at("review-button").click();
  await ada.at("wrong-variables").waitFor();
  assert.match(await field.inputValue(), /this is no variable/);
  await ada.sees("variables-wrong");

  await field.fill(`# of the harbour\nexport GREETING="ahoy there"\nLANTERN='${secret}' # not for eyes\n`);
  await ada.at("review-button").click();
  await ada.at("review").getByText("LANTERN").waitFor();
  assert.ok(!(await ada.at("review").innerHTML()).includes(secret), "the review names variables only");
  await ada.sees("variables-review");
  await ada.at("apply").click();
  await ada.at("flash").waitFor();
  await ada.at("variables").getByText("LANTERN").waitFor();
  await ada.sees("variables");

  await slipway.commit("node", "Find the chart, say hello", "server.js", (js) => js.replace('throw new Error("the chart is lost");', "console.log(`greeting ${process.env.GREETING}, lantern of ${process.env.LANTERN?.length} letters`);"));
  await deploy(walk, 5, "overview-before-variables");
  await deployed(page, "live");
  await line(page, `greeting ahoy there, lantern of ${secret.length} letters`).waitFor();
  for (const path of ["", "/variables", "/settings", "/releases", "/deployments/5", "/rollback?to=3", "/logs"]) {
    const answer = await page.request.get(`${slipway.url}/apps/${app}${path}`);
    assert.equal(answer.status(), 200, path);
    assert.ok(!(await answer.text()).includes(secret), `${path || "the overview"} shows a secret`);
  }
}

export async function scale({ slipway, ada }) {
  const { page } = ada;
  await page.goto(`${slipway.url}/apps/${app}/settings`);
  await ada.sees("settings");
  const form = ada.at("scale-form");
  await form.getByLabel("web").fill("many");
  await form.getByRole("button", { name: "Scale" }).click();
  await ada.at("wrong-scale.web").waitFor();
  assert.equal(await form.getByLabel("web").inputValue(), "many");
  await ada.sees("settings-wrong");

  await form.getByLabel("web").fill("2");
  await form.getByRole("button", { name: "Scale" }).click();
  await ada.at("flash").waitFor();
  await page.goto(`${slipway.url}/apps/${app}`);
  await live(page);
  await ada.at("live-release").getByText("2/2").waitFor();
  assert.equal(await ada.at("tasks").locator("tbody tr").count(), 2);
  await ada.sees("overview-two-tasks");
}
