// Times tick in the browser: "4 min ago" stays true and a running clock runs, without asking the server.

/** How long ago, as components.Ago says it on the server. */
export function ago(ms: number): string {
  const s = Math.floor(Math.abs(ms) / 1000);
  const span = s < 60 ? `${s} s` : s < 3600 ? `${Math.floor(s / 60)} min` : s < 36 * 3600 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86400)} days`;
  return ms < 0 ? `in ${span}` : s < 10 ? "just now" : `${span} ago`;
}

/** A stopwatch, as components.Clock says it on the server. */
export function clock(ms: number): string {
  const s = Math.max(0, ms) / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 60) return `${Math.floor(s)} s`;
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)} m ${two(s % 60)} s`;
  return `${Math.floor(s / 3600)} h ${two((s % 3600) / 60)} m`;
}

function set(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Brings all times of the page up to date. */
export function tick(): void {
  const now = Date.now();
  for (const t of document.querySelectorAll<HTMLTimeElement>("time[data-ago]")) set(t, ago(now - Date.parse(t.dateTime)));
  for (const t of document.querySelectorAll<HTMLTimeElement>("time[data-clock]")) {
    const ms = now - Date.parse(t.dateTime);
    set(t, ms < 10_000 ? clock(Math.round(ms / 500) * 500) : clock(ms));
  }
  for (const m of document.querySelectorAll<HTMLElement>("[data-usual]")) {
    const part = (now - Number(m.dataset.from)) / Number(m.dataset.usual);
    m.style.width = `${Math.min(98, Math.max(2, part * 100))}%`;
  }
}

export function startClocks(): void {
  tick();
  setInterval(tick, 1000);
}
