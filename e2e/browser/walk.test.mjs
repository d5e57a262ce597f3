// One person's walk through all of Slipway, on the real program, Docker Engine and browser. The steps build on each
// other, so the first that fails ends the walk. Every page on the way is photographed and judged (see person.mjs);
// whatever a page complains about fails the step that caused it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { deployAgain, fail, openApp, rollBack } from "./change.mjs";
import { create, detect, repositoryWrong, watchFirst } from "./create.mjs";
import { setUp, signInAgain } from "./door.mjs";
import { logs } from "./logs.mjs";
import { Person, launch, photo } from "./person.mjs";
import { destroy, keyboard, networkCut, otherPages, themes } from "./rest.mjs";
import { scale, variables } from "./settings.mjs";
import { Slipway } from "./slipway.mjs";
import { withoutScripts } from "./scriptless.mjs";

const steps = [
  ["opens the set-up link and creates the first account and team", setUp],
  ["signs out and in again, first with a wrong password", signInAgain],
  ["is told what is wrong with a repository", repositoryWrong],
  ["picks the Node.js sample and sees every default", detect],
  ["gets the form back with her input when a field is wrong, then creates and deploys", create],
  ["watches the phases, the build and the app's own log arrive without a reload", watchFirst],
  ["opens the app's address", openApp],
  ["commits a change and deploys it from the deploy card", deployAgain],
  ["rolls back in two clicks", rollBack],
  ["is told why a crashing version failed while the app still answers", fail],
  ["pastes an .env file, whose values no page shows", variables],
  ["scales to two tasks", scale],
  ["searches, links, downloads and follows the log", logs],
  ["looks at every other page", otherPages],
  ["works by keyboard", keyboard],
  ["chooses a theme that stays", themes],
  ["sees the page heal when the network or Slipway was gone", networkCut],
  ["reads and creates without JavaScript", withoutScripts],
  ["destroys the app by typing its name", destroy],
];

const walk = {};

before(async () => {
  walk.slipway = await Slipway.install();
  walk.browser = await launch();
  walk.ada = await Person.sit(walk.browser);
}, { timeout: 120_000 });

after(async () => {
  await walk.browser?.close();
  await walk.slipway?.remove();
}, { timeout: 120_000 });

test("a person", { timeout: 1_800_000 }, async (t) => {
  for (const [name, step] of steps) {
    let done = false;
    await t.test(name, async () => {
      try {
        await step(walk);
      } catch (error) {
        await walk.ada.page.screenshot({ path: photo("failed") }).catch(() => {});
        throw new Error([`on ${walk.ada.page.url()}: ${error.message}`, ...walk.ada.complaints()].join("\n"), { cause: error });
      }
      assert.deepEqual(walk.ada.complaints(), []);
      done = true;
    });
    if (!done) return;
  }
});
