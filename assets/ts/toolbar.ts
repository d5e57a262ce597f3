// The bar above a log.
import type { Stamp } from "./row.ts";
import type { Viewer } from "./viewer.ts";

export type Toolbar = { element: HTMLElement; update(v: Viewer): void; say(text: string): void };

// Drawings from lucide (ISC licence), as in web/components/icons.go.
const drawings = {
  search: '<circle cx="11" cy="11" r="8"/><path d="m21 21-4.3-4.3"/>',
  follow: '<path d="M12 17V3"/><path d="m6 11 6 6 6-6"/><path d="M19 21H5"/>',
  up: '<path d="m18 15-6-6-6 6"/>',
  down: '<path d="m6 9 6 6 6-6"/>',
  wrap: '<path d="m16 16-3 3 3 3"/><path d="M3 12h14.5a1 1 0 0 1 0 7H13"/><path d="M3 19h6"/><path d="M3 5h18"/>',
  download: '<path d="M12 15V3"/><path d="M21 15v4a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-4"/><path d="m7 10 5 5 5-5"/>',
  full: '<path d="M8 3H5a2 2 0 0 0-2 2v3"/><path d="M21 8V5a2 2 0 0 0-2-2h-3"/><path d="M3 16v3a2 2 0 0 0 2 2h3"/><path d="M16 21h3a2 2 0 0 0 2-2v-3"/>',
};

function icon(name: keyof typeof drawings): Element {
  const svg = new DOMParser().parseFromString(`<svg xmlns="http://www.w3.org/2000/svg" class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${drawings[name]}</svg>`, "image/svg+xml");
  return document.importNode(svg.documentElement, true);
}

function button(name: keyof typeof drawings, label: string, act: () => void, word = ""): HTMLButtonElement {
  const b = document.createElement("button");
  b.type = "button";
  b.title = label;
  b.setAttribute("aria-label", label);
  b.append(icon(name));
  if (word) {
    const span = document.createElement("span");
    span.className = "hide-small";
    span.textContent = word;
    b.append(span);
  }
  b.addEventListener("click", act);
  return b;
}

const stamps: [Stamp, string][] = [["off", "No times"], ["relative", "Relative"], ["local", "Local time"], ["utc", "UTC"]];

export function toolbar(v: Viewer, title: string): Toolbar {
  const element = document.createElement("div");
  element.className = "log-bar";
  element.setAttribute("role", "toolbar");
  element.setAttribute("aria-label", `${title}: tools`);

  const find = document.createElement("label");
  find.className = "find";
  const input = document.createElement("input");
  input.type = "text";
  input.placeholder = "Search";
  input.spellcheck = false;
  input.autocomplete = "off";
  input.dataset.search = "";
  input.dataset.testid = "log-search";
  input.setAttribute("aria-label", "Search this log");
  const words = document.createElement("span");
  words.className = "small num";
  words.dataset.testid = "log-hits";
  words.setAttribute("role", "status");
  find.append(icon("search"), input, words);

  const regex = document.createElement("button");
  regex.type = "button";
  regex.className = "mono";
  regex.textContent = ".*";
  regex.title = "Regular expression";
  regex.setAttribute("aria-label", "Regular expression");

  const previous = button("up", "Previous match (N)", () => searchOf().step(-1));
  const next = button("down", "Next match (n)", () => searchOf().step(1));
  const follow = button("follow", "Follow (f)", () => v.follow(!v.follows), "Follow");
  follow.dataset.testid = "log-follow";
  const wrap = button("wrap", "Wrap long lines", () => v.setWrap(!v.wrap));
  const full = button("full", "Full screen", () => v.fullscreen());
  full.classList.add("hide-small");

  const times = document.createElement("select");
  times.setAttribute("aria-label", "Times");
  for (const [value, label] of stamps) {
    const option = document.createElement("option");
    option.value = value;
    option.textContent = label;
    times.append(option);
  }
  times.addEventListener("change", () => void v.setStamp(times.value as Stamp));

  const download = document.createElement("a");
  download.href = `${v.src}/raw.gz${v.query}`;
  download.title = "Download the whole log (.gz)";
  download.setAttribute("aria-label", download.title);
  download.append(icon("download"));

  const count = document.createElement("span");
  count.className = "muted small num px-2 hide-small";
  count.dataset.testid = "log-count";

  const searchOf = (): Viewer["searching"] => v.searching;
  const ask = (): void => searchOf().set(input.value.trim(), regex.ariaPressed === "true");
  input.addEventListener("input", ask);
  input.addEventListener("keydown", (e) => {
    if (e.key === "Enter") {
      e.preventDefault();
      searchOf().step(e.shiftKey ? 1 : -1);
    } else if (e.key === "Escape") {
      input.value = "";
      ask();
      input.blur();
    }
  });
  regex.addEventListener("click", () => {
    regex.ariaPressed = String(regex.ariaPressed !== "true");
    ask();
  });

  element.append(find, regex, previous, next, count, times, wrap, full, download, follow);
  let said = "";
  return {
    element,
    say: (text) => {
      said = text;
    },
    update: () => {
      const s = searchOf();
      if (document.activeElement !== input && input.value === "" && s.query) input.value = s.query;
      regex.ariaPressed = String(s.regex || regex.ariaPressed === "true");
      const text = said || s.words;
      if (words.textContent !== text) words.textContent = text;
      previous.hidden = next.hidden = s.hits.length === 0;
      follow.ariaPressed = String(v.follows);
      wrap.ariaPressed = String(v.wrap);
      if (times.value !== v.stamp) times.value = v.stamp;
      const lines = `${v.count.toLocaleString("en")} ${v.count === 1 ? "line" : "lines"}`;
      if (count.textContent !== lines) count.textContent = lines;
    },
  };
}
