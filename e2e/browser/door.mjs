// Set-up, sign-out, sign-in.
import assert from "node:assert/strict";

export const email = "ada@example.com";
export const password = "a hull on its way down the slip";

export async function setUp({ slipway, ada }) {
  const { page } = ada;
  await page.goto(slipway.url);
  await page.getByRole("heading", { name: "Slipway is not set up yet" }).waitFor();
  await ada.sees("set-up-closed");

  const link = slipway.setUpLink();
  await page.goto(link);
  await ada.sees("set-up");
  await page.getByLabel("Your name").fill("Ada");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill("short");
  await ada.at("set-up").click();
  await ada.at("wrong-password").waitFor();
  assert.equal(await page.getByLabel("Your name").inputValue(), "Ada");
  assert.equal(await page.getByLabel("Password").inputValue(), "", "a password is never sent back");
  await ada.sees("set-up-wrong");

  await page.getByLabel("Password").fill(password);
  await ada.at("set-up").click();
  await page.waitForURL("**/apps/new");

  await ada.context.clearCookies();
  await page.goto(link);
  await page.waitForURL(/\/sign-in(\?|$)/);
}

export async function signInAgain(walk) {
  const { slipway, ada } = walk;
  const { page } = ada;
  await ada.sees("sign-in");
  await signIn(walk, page, "not the password");
  await ada.at("form-error").waitFor();
  assert.equal(await page.getByLabel("E-mail").inputValue(), email);
  assert.equal(await page.getByLabel("Password").inputValue(), "");
  await ada.sees("sign-in-wrong");

  // What needs an account leads back after sign-in.
  await page.goto(`${slipway.url}/nodes`);
  await signIn(walk, page, password);
  await page.waitForURL("**/nodes");

  await ada.at("user-menu").locator("summary").click();
  await ada.sees("user-menu");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in(\?|$)/);
  await signIn(walk, page, password);
  await page.waitForURL(`${slipway.url}/`);
  await ada.at("empty").waitFor();
  await ada.sees("apps-empty");
}

export async function signIn(_, page, secret = password) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(secret);
  await page.getByTestId("sign-in").click();
}
