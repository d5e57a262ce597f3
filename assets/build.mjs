// Builds what the portal serves to browsers into dist/: each file under a name with a hash of its content, so that it
// may be cached for ever, and manifest.json, which maps the plain names to those.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const work = join(here, "node_modules", ".build");

mkdirSync(dist, { recursive: true });
mkdirSync(work, { recursive: true });
for (const old of readdirSync(dist)) if (old !== ".keep") rmSync(join(dist, old), { recursive: true });

const manifest = {};

/** Writes one file under its hashed name and returns that name. */
function emit(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const hashed = `${basename(name, extname(name))}-${hash}${extname(name)}`;
  writeFileSync(join(dist, hashed), content);
  manifest[name] = hashed;
  return hashed;
}

const scripts = await build({
  entryPoints: ["app.ts", "logs.ts"].map((f) => join(here, "ts", f)),
  outdir: work,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome120", "firefox121", "safari17"],
  legalComments: "none",
  write: false,
});
for (const file of scripts.outputFiles) emit(basename(file.path), file.contents);

const font = emit("inter.woff2", readFileSync(join(here, "node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2")));
emit("favicon.svg", readFileSync(join(here, "favicon.svg")));

execFileSync(process.execPath, [join(here, "node_modules/@tailwindcss/cli/dist/index.mjs"), "--input", join(here, "css/app.css"), "--output", join(work, "app.css"), "--minify"], { cwd: here, stdio: ["ignore", "ignore", "inherit"] });
emit("app.css", readFileSync(join(work, "app.css"), "utf8").replaceAll("inter.woff2", font));

writeFileSync(join(dist, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
