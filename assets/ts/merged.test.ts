import assert from "node:assert/strict";
import { test } from "node:test";
import type { Line } from "./live.ts";
import { MergedLines, strandsOf } from "./merged.ts";

type Entry = { task: number; seq: number; at: number; as: number };

/** A server that merges by the definition: each line at the latest time so far in its log, then by log, then by number. */
class Server {
  logs = new Map<number, Entry[]>();
  pending: (() => void)[] = []; // answers on their way

  append(task: number, at: number): Line {
    const log = this.logs.get(task) ?? [];
    this.logs.set(task, log);
    const e = { task, seq: log.length + 1, at, as: Math.max(at, log.at(-1)?.as ?? 0) };
    log.push(e);
    return [e.seq, at, "out", `${task}.${e.seq}`];
  }

  order(of: { task: number; end: number }[]): Entry[] {
    return of.flatMap((s) => (this.logs.get(s.task) ?? []).slice(0, s.end - 1)).sort((a, b) => a.as - b.as || a.task - b.task || a.seq - b.seq);
  }

  /** Answers with the state of the moment of the request, but only when it is let go. */
  fetch = (address: string): Promise<Response> => {
    const url = new URL(address, "http://x");
    const of = url.searchParams.get("of")!.split(",").map((part) => {
      const [, task, , end] = part.split(".");
      const kept = (this.logs.get(Number(task)) ?? []).length + 1;
      return { task: Number(task), end: end === undefined ? kept : Number(end) };
    });
    const all = this.order(of);
    let from = Number(url.searchParams.get("from"));
    if (from < 0) from = Math.max(0, from + all.length);
    const lines = all.slice(from, from + Number(url.searchParams.get("limit"))).map((e) => [e.seq, e.at, "out", `${e.task}.${e.seq}`, 0, of.findIndex((s) => s.task === e.task), e.as]);
    const body = JSON.stringify({ of: of.map((s) => [1, s.end]), from, lines });
    return new Promise((done) => this.pending.push(() => done(new Response(body))));
  };

  async letGo(): Promise<void> {
    for (const go of this.pending.splice(0)) go();
    for (let i = 0; i < 8; i++) await new Promise(setImmediate);
  }
}

let seed = 11;
const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;

test("what came live and what was asked for fit together, whatever the order of arrival", async () => {
  for (let round = 0; round < 30; round++) {
    const server = new Server();
    globalThis.fetch = server.fetch as typeof fetch;
    const tasks = [5, 6, 9];
    for (let i = 0; i < 1500; i++) server.append(tasks[random(3)]!, 1000 + i + random(7) - random(5));
    const merged = new MergedLines("", strandsOf("5|a;6|b;9|c"), () => {}, () => assert.fail("nothing is gone"));
    const opening = merged.open(200);
    await server.letGo();
    await opening;
    // Lines arrive log by log, as after a reconnect: late ones of one log after early ones of another.
    const late = new Map<number, Line[]>(tasks.map((t) => [t, []]));
    for (let i = 0; i < 900; i++) {
      const task = tasks[random(3)]!;
      late.get(task)!.push(server.append(task, 2500 + i + random(40) - random(30)));
    }
    while ([...late.values()].some((l) => l.length > 0)) {
      const of = random(3);
      const batch = late.get(tasks[of]!)!.splice(0, 1 + random(200));
      if (batch.length > 0) merged.add(of, batch);
      if (batch.length > 0 && random(4) === 0) merged.add(of, batch); // twice changes nothing
      const n = 1 + random(merged.last);
      merged.need(n, Math.min(merged.last, n + 300));
      if (random(2)) await server.letGo();
    }
    for (let i = 0; i < 40; i++) {
      merged.need(1, merged.last);
      await server.letGo();
    }
    const want = server.order(merged.strands);
    assert.equal(merged.last, want.length);
    for (let n = 1; n <= merged.last; n++) assert.equal(merged.get(n)?.id, `T${want[n - 1]!.task}L${want[n - 1]!.seq}`, `round ${round}, line ${n}`);
  }
});

test("a hole in what comes live asks for everything anew", async () => {
  const server = new Server();
  globalThis.fetch = server.fetch as typeof fetch;
  for (let i = 0; i < 10; i++) server.append(1, i);
  let anew = 0;
  const merged = new MergedLines("", strandsOf("1|a"), () => {}, () => anew++);
  const opening = merged.open(5);
  await server.letGo();
  await opening;
  merged.add(0, [[14, 20, "slipway", "3 earlier lines are no longer kept."]]);
  assert.equal(anew, 1);
  assert.equal(merged.last, 10);
});
