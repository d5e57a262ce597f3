// Runs ts/*.test.ts: bundles them, because Node.js 20 does not read TypeScript, and hands them to Node's own test runner.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "node_modules", ".test");
const tests = readdirSync(join(here, "ts")).filter((f) => f.endsWith(".test.ts"));
await build({ entryPoints: tests.map((f) => join(here, "ts", f)), outdir: out, bundle: true, platform: "node", format: "esm", outExtension: { ".js": ".mjs" } });
process.exit(spawnSync(process.execPath, ["--test", ...tests.map((f) => join(out, f.replace(/\.ts$/, ".mjs")))], { stdio: "inherit" }).status ?? 1);
