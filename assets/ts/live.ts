// The websocket of a page. It says which fragments and log lines the page has, and gets the rest; when it breaks, it
// comes back by itself and goes on where it was.
import { Idiomorph } from "idiomorph";
import { tick } from "./clock.ts";
import { announce } from "./form.ts";

/** [number, milliseconds since 1970, stream, text, 1 when the line goes on in the next]. */
export type Line = [n: number, at: number, stream: string, text: string, cut?: 1];

/** Someone on the page who follows a log: where to go on, and what to do with lines. */
export type Follower = { topic: string; cursor(): number; lines(batch: Line[]): void };

type Fragment = { id: string; v: string; html: string };
type Message = { title?: string; at?: number; fragments?: Fragment[]; topic?: string; lines?: Line[]; reload?: boolean };

const firstWait = 500; // ms before the first new try; doubled each time
const longestWait = 15_000;
const staleAfter = 30_000; // the server speaks every 10 s; three times missed is too old to believe

/** How long to wait before try n (from 0): doubling, with jitter so that a thousand pages do not come back at once. */
export function backoff(n: number, random: number): number {
  const full = Math.min(longestWait, firstWait * 2 ** n);
  return full / 2 + (full / 2) * random;
}

let socket: WebSocket | undefined;
let tries = 0;
let heard = Date.now();
let ended = false; // the server has nothing more to say to this page
let full = false; // the last answer was that too many pages are open
const followers = new Map<string, Follower>();

function ask(message: object): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function have(): Record<string, string> {
  const hashes: Record<string, string> = {};
  for (const e of document.querySelectorAll<HTMLElement>("[data-live]")) hashes[e.id] = e.dataset.live ?? "";
  return hashes;
}

function follow(f: Follower): void {
  followers.set(f.topic, f);
  ask({ sub: [{ topic: f.topic, cursor: f.cursor() }] });
}

function unfollow(f: Follower): void {
  if (followers.get(f.topic) !== f) return;
  followers.delete(f.topic);
  ask({ unsub: [f.topic] });
}

/** A field the person has changed keeps what she entered, and so does one that came back after signing in again. */
function touched(e: Node): boolean {
  if (e instanceof HTMLElement && e.dataset.kept !== undefined) return true;
  if (e instanceof HTMLInputElement) return e.type === "checkbox" ? e.checked !== e.defaultChecked : e.value !== e.defaultValue;
  if (e instanceof HTMLTextAreaElement) return e.value !== e.defaultValue;
  if (e instanceof HTMLSelectElement) return [...e.options].some((o) => o.selected !== o.defaultSelected);
  return false;
}

function morph(f: Fragment): void {
  const old = document.getElementById(f.id);
  if (!old) return;
  Idiomorph.morph(old, f.html, {
    morphStyle: "outerHTML",
    ignoreActiveValue: true,
    callbacks: {
      beforeNodeMorphed: (now: Node, next: Node) => {
        if (touched(now)) return false;
        if (!(now instanceof HTMLElement && now.dataset.keep !== undefined && next instanceof HTMLElement && now.id === next.id)) return true;
        // A log viewer keeps what it shows; it only learns which tasks there are and which line matters now.
        if (now.dataset.of !== next.dataset.of) {
          now.dataset.of = next.dataset.of;
          now.dispatchEvent(new Event("slipway:of"));
        }
        if (now.dataset.line !== next.dataset.line) {
          now.dataset.line = next.dataset.line;
          now.dispatchEvent(new Event("slipway:line"));
        }
        return false;
      },
      // What the person opened stays open, what she closed stays closed.
      beforeAttributeUpdated: (name: string, e: Element) => !(name === "open" && (e instanceof HTMLDetailsElement || e instanceof HTMLDialogElement)),
    },
  });
}

/** Whether a form holds something that would be lost if the page were loaded anew. */
function entered(): boolean {
  return [...document.querySelectorAll("form[method=post] :is(input,textarea,select)")].some(touched);
}

/** Loads the page anew, unless that would lose what was entered: then it only says why it is no longer live. */
function reload(why: string): void {
  if (!entered()) return location.reload();
  ended = true;
  show("ended", why);
}

function take(m: Message): void {
  heard = Date.now();
  if (full) {
    full = false;
    show("live");
  }
  if (m.reload) return reload("This page has changed. Load it again when you have sent what you entered.");
  if (m.topic && m.lines) return followers.get(m.topic)?.lines(m.lines);
  const state = stateWord();
  for (const f of m.fragments ?? []) morph(f);
  if (m.title && document.title !== m.title) document.title = m.title;
  if (m.fragments && m.fragments.length > 0) {
    tick();
    document.dispatchEvent(new Event("slipway:morphed"));
    const now = stateWord();
    if (now !== state && now) announce(now);
  }
}

/** The word that a screen reader should hear when it changes. */
function stateWord(): string {
  const e = document.querySelector("[data-testid=deployment-state], [data-testid=app-health]");
  return e?.textContent?.trim() ?? "";
}

type State = "live" | "connecting" | "reconnecting" | "stale" | "full" | "ended";

function show(state: State, why = "Whether this page is kept up to date"): void {
  const dot = document.getElementById("conn");
  document.documentElement.dataset.conn = state;
  if (!dot) return;
  dot.dataset.state = state;
  dot.classList.remove("tone-good", "tone-warn", "tone-bad");
  dot.classList.add({ live: "tone-good", connecting: "tone-idle", reconnecting: "tone-warn", stale: "tone-bad", full: "tone-warn", ended: "tone-warn" }[state]);
  const age = Math.round((Date.now() - heard) / 1000);
  const word = { live: "Live", connecting: "Connecting", reconnecting: "Reconnecting", stale: `Stale, ${age} s old`, full: "Not live: too many pages open", ended: why.slice(0, why.indexOf(".")) }[state];
  dot.title = why;
  const text = dot.querySelector("[data-conn-word]");
  if (text && text.textContent !== word) text.textContent = word;
}

function connect(): void {
  if (ended || (socket && socket.readyState <= WebSocket.OPEN)) return;
  const s = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
  socket = s;
  s.onopen = () => {
    tries = 0;
    heard = Date.now();
    if (!full) show("live");
    ask({ view: document.body.dataset.view, have: have(), sub: [...followers.values()].map((f) => ({ topic: f.topic, cursor: f.cursor() })) });
  };
  s.onmessage = (event) => take(JSON.parse(event.data as string) as Message);
  s.onclose = (event) => {
    if (socket !== s) return;
    if (event.code === 4401) return reload("You are signed out. What you entered stays: send it, and sign in again on the way.");
    if (event.code === 4403) return reload("You may no longer see this page.");
    if (event.code === 4429) {
      // Too many pages are open: the reason is said, and a place is looked for now and then.
      show("full", event.reason);
      full = true;
      setTimeout(connect, longestWait + longestWait * Math.random());
      return;
    }
    full = false;
    show(Date.now() - heard > staleAfter ? "stale" : "reconnecting");
    setTimeout(connect, backoff(tries++, Math.random()));
  };
}

/** Notices a connection that went silent, and keeps the age of the data true. */
function watch(): void {
  const silent = Date.now() - heard;
  if (socket?.readyState === WebSocket.OPEN && silent > staleAfter) {
    const dead = socket;
    socket = undefined;
    dead.close();
    connect();
  }
  if (socket?.readyState !== WebSocket.OPEN && silent > staleAfter && !full && !ended) show("stale");
}

export function startLive(): void {
  // The log viewer is a script of its own; they meet by events.
  document.addEventListener("slipway:follow", (e) => follow((e as CustomEvent<Follower>).detail));
  document.addEventListener("slipway:unfollow", (e) => unfollow((e as CustomEvent<Follower>).detail));
  if (document.body.dataset.view === undefined) return;
  connect();
  setInterval(watch, 1000);
  addEventListener("online", connect);
  // A cut network leaves the socket open until something times out; say at once that what is shown may be old.
  addEventListener("offline", () => {
    show("reconnecting");
    socket?.close();
  });
  addEventListener("pagehide", () => {
    const s = socket;
    socket = undefined;
    s?.close();
  });
  addEventListener("pageshow", (e) => {
    if (e.persisted) connect();
  });
}
