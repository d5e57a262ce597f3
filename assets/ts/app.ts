// What every page runs: it works without, and is nicer with it.
import { startClocks } from "./clock.ts";
import { startForms } from "./form.ts";
import { startKeys } from "./keys.ts";
import { startLive } from "./live.ts";
import { startPalette } from "./palette.ts";

document.documentElement.dataset.ready = "";
startClocks();
// On a narrow screen the row of tabs is wider than the page: the current one is in sight.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
startForms();
const palette = startPalette();
startKeys(palette);
startLive();
