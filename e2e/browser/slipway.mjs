// Slipway itself for a test: `slipway up` as a child process with data of its own, and nothing left behind at the end.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { promisify } from "node:util";

import { eventually } from "./eventually.mjs";

const run = promisify(execFile);
const program = process.env.SLIPWAY_BIN ?? fileURLToPath(new URL("../../bin/slipway", import.meta.url));
// git as the person who owns the sample; nothing of the machine's own configuration.
const author = { GIT_AUTHOR_NAME: "Grace", GIT_AUTHOR_EMAIL: "grace@example.com", GIT_COMMITTER_NAME: "Grace", GIT_COMMITTER_EMAIL: "grace@example.com", GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };

/** An address of this machine that nothing listens on. */
async function freeAddress() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return `127.0.0.1:${port}`;
}

export class Slipway {
  said = ""; // everything the program printed

  static async install() {
    const s = new Slipway();
    s.data = await mkdtemp(join(tmpdir(), "slipway-browser-"));
    s.portal = await freeAddress();
    s.edge = await freeAddress();
    await s.start();
    return s;
  }

  get url() {
    return `http://${this.portal}`;
  }

  /** Where an app answers. */
  app(name) {
    return `http://${name}.localhost:${this.edge.split(":")[1]}`;
  }

  /** Sends JSON to an app through the edge. Node's resolver knows no *.localhost, and fetch sets no Host of ours. */
  post(name, path, data) {
    const [hostname, port] = this.edge.split(":");
    return new Promise((resolve, reject) => {
      const sent = request({ hostname, port, path, method: "POST", headers: { Host: `${name}.localhost:${port}`, "Content-Type": "application/json" } }, (answer) => {
        answer.resume();
        resolve({ status: () => answer.statusCode, ok: () => answer.statusCode < 400 });
      });
      sent.on("error", reject);
      sent.end(JSON.stringify(data));
    });
  }

  async start() {
    this.process = spawn(program, ["up", "--data", this.data, "--portal", this.portal, "--edge", this.edge], { stdio: ["ignore", "pipe", "pipe"] });
    this.ended = once(this.process, "exit");
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on("data", (text) => (this.said += text));
    await eventually("Slipway is ready", async () => {
      if (this.process.exitCode !== null) throw Object.assign(new Error(`slipway up ended:\n${this.said}`), { final: true });
      return (await fetch(`${this.url}/readyz`)).ok;
    });
  }

  /** Ends the program as the kernel would, without notice. */
  async kill() {
    this.process.kill("SIGKILL");
    await this.ended;
  }

  /** The link that creates the first account. */
  setUpLink() {
    const link = /http:\S+\/setup\?token=\S+/.exec(this.said)?.[0];
    if (!link) throw new Error(`no set-up link in:\n${this.said}`);
    return link;
  }

  /** Changes a file of a sample's repository and commits it. */
  async commit(sample, message, file, change) {
    const folder = join(this.data, "samples", sample);
    const path = join(folder, file);
    const before = await readFile(path, "utf8");
    const after = change(before);
    if (after === before) throw new Error(`${message}: nothing to change in ${file}`);
    await writeFile(path, after);
    await run("git", ["-C", folder, "commit", "--quiet", "--all", "--message", message], { env: { ...process.env, ...author } });
  }

  /** Stops Slipway and removes its containers, networks, app images and data. */
  async remove() {
    const id = (await run(program, ["admin", "install-id", "--data", this.data])).stdout.trim();
    this.process.kill("SIGTERM");
    await this.ended;
    const ours = `label=slipway.install=${id}`;
    await removeAll(["ps", "--all", "--quiet", "--filter", ours], ["rm", "--force", "--volumes"]);
    await removeAll(["network", "ls", "--quiet", "--filter", ours], ["network", "rm"]);
    await removeAll(["images", "--quiet", "--filter", `label=slipway.image.install=${id}`, "--filter", "reference=slipway/app-*"], ["rmi", "--force"]);
    await rm(this.data, { recursive: true, force: true });
  }
}

async function removeAll(list, remove) {
  const found = new Set((await run("docker", list)).stdout.split("\n").filter(Boolean));
  if (found.size > 0) await run("docker", [...remove, ...found]);
}
