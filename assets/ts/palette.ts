// The palette: every page, every app and what can be done, found by typing.

type Entry = { label: string; path: string; kind: string };
export type Palette = { open(): void };

/** Orders entries by how well they fit what was typed; those that do not fit are left out. */
export function rank(entries: Entry[], typed: string): Entry[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const score = (e: Entry): number => {
    const label = e.label.toLowerCase();
    if (!words.every((w) => label.includes(w))) return -1;
    return words.length > 0 && label.startsWith(words[0]!) ? 2 : 1;
  };
  return entries
    .map((e, i) => ({ e, i, s: score(e) }))
    .filter((x) => x.s >= 0)
    .sort((a, b) => b.s - a.s || a.i - b.i)
    .map((x) => x.e)
    .slice(0, 30);
}

function pagesOf(dialog: HTMLElement): Entry[] {
  const links = dialog.querySelector("template")?.content.querySelectorAll("a") ?? [];
  const entries = [...links].map((a) => ({ label: a.textContent ?? "", path: a.getAttribute("href") ?? "/", kind: "Page" }));
  const app = document.querySelector<HTMLElement>("[data-app]")?.dataset.app;
  if (app) {
    for (const [label, part] of [["Deploy", ""], ["Roll back", "/rollback"], ["Deployments", "/deployments"], ["Releases", "/releases"], ["Logs", "/logs"], ["Variables", "/variables"], ["Settings", "/settings"]] as const) {
      entries.unshift({ label: `${app}: ${label}`, path: `/apps/${app}${part}`, kind: "This app" });
    }
  }
  return entries;
}

export function startPalette(): Palette {
  const dialog = document.querySelector<HTMLDialogElement>("#palette");
  const input = dialog?.querySelector("input");
  const list = dialog?.querySelector("ul");
  if (!dialog || !input || !list) return { open() {} };

  let apps: Entry[] = [];
  let shown: Entry[] = [];
  let at = 0;
  let asked = "";

  const draw = (): void => {
    shown = rank([...pagesOf(dialog), ...apps], input.value);
    at = Math.min(at, Math.max(0, shown.length - 1));
    list.replaceChildren(
      ...shown.map((e, i) => {
        const li = document.createElement("li");
        li.role = "option";
        li.id = `palette-${i}`;
        li.ariaSelected = String(i === at);
        const label = document.createElement("span");
        label.textContent = e.label;
        const kind = document.createElement("span");
        kind.className = "muted small";
        kind.textContent = e.kind;
        li.append(label, kind);
        li.addEventListener("click", () => location.assign(e.path));
        return li;
      }),
    );
    input.setAttribute("aria-activedescendant", shown.length > 0 ? `palette-${at}` : "");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };

  const load = async (): Promise<void> => {
    const query = (asked = input.value.trim());
    const answer = await fetch(`/palette?q=${encodeURIComponent(query)}`).catch(() => undefined);
    if (!answer?.ok || query !== asked) return;
    apps = ((await answer.json()) as string[]).map((name) => ({ label: name, path: `/apps/${name}`, kind: "App" }));
    draw();
  };

  input.addEventListener("input", () => {
    at = 0;
    draw();
    void load();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      at = Math.max(0, Math.min(shown.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)));
      draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      const chosen = shown[at];
      if (chosen) location.assign(chosen.path);
    }
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  const open = (): void => {
    if (dialog.open) return;
    input.value = "";
    at = 0;
    draw();
    dialog.showModal();
    void load();
  };
  document.querySelector("[data-palette]")?.addEventListener("click", open);
  return { open };
}
