// The keyboard. The list that "?" shows is web/layout/menu.go.
import { tinykeys } from "tinykeys";
import type { Palette } from "./palette.ts";

function typing(event: Event): boolean {
  const t = event.target;
  return t instanceof HTMLElement && (t.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(t.tagName));
}

function app(): string | undefined {
  return document.querySelector<HTMLElement>("[data-app]")?.dataset.app;
}

function go(path: string | undefined): void {
  if (path) location.assign(path);
}

function ofApp(part: string): void {
  const name = app();
  if (name) go(`/apps/${name}${part}`);
}

/** Moves the focus to the next or previous row's link. */
function row(step: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row] a:first-of-type, [data-row] a.cover")].filter((a, i, all) => all.indexOf(a) === i);
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.focus();
}

export function startKeys(palette: Palette): void {
  const unless = (act: () => void) => (event: KeyboardEvent) => {
    if (typing(event) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    act();
  };
  tinykeys(window, {
    "$mod+k": (event) => {
      event.preventDefault();
      palette.open();
    },
    "/": unless(() => document.querySelector<HTMLInputElement>("[data-search]")?.focus()),
    "Shift+?": unless(() => document.querySelector<HTMLDialogElement>("#help")?.showModal()),
    "g a": unless(() => go("/")),
    "g n": unless(() => go("/apps/new")),
    "g t": unless(() => go("/members")),
    "g o": unless(() => ofApp("")),
    "g d": unless(() => ofApp("/deployments")),
    "g l": unless(() => ofApp("/logs")),
    "g v": unless(() => ofApp("/variables")),
    "g s": unless(() => ofApp("/settings")),
    j: unless(() => row(1)),
    k: unless(() => row(-1)),
  });
}
