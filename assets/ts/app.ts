// What every page runs: it works without, and is nicer with it.
import { startClocks } from "./clock.ts";
import { startForms } from "./form.ts";
import { startKeys } from "./keys.ts";
import { startLive } from "./live.ts";
import { startPalette } from "./palette.ts";

document.documentElement.dataset.ready = "";
startClocks();
startForms();
const palette = startPalette();
startKeys(palette);
startLive();
