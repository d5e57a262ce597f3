// Small helps with forms: copying, typing a name to confirm, sending once.

function copy(button: HTMLElement): void {
  void navigator.clipboard.writeText(button.dataset.copy ?? "").then(() => announce("Copied"));
  button.classList.add("tone-good");
  setTimeout(() => button.classList.remove("tone-good"), 1500);
}

/** Tells a screen reader something, once. */
export function announce(text: string): void {
  const region = document.getElementById("announce");
  if (region) region.textContent = text;
}

/** Keeps a dangerous button off until the name is typed. */
function confirmNames(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-confirm]")) {
    const field = button.form?.elements.namedItem("confirm");
    if (field instanceof HTMLInputElement) button.disabled = field.value.trim() !== button.dataset.confirm;
  }
}

export function startForms(): void {
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest<HTMLElement>("[data-copy]");
    if (button) copy(button);
    for (const open of document.querySelectorAll<HTMLDetailsElement>("details.pop[open]")) {
      if (!target || !open.contains(target)) open.open = false;
    }
  });
  document.addEventListener("input", confirmNames);
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.method === "dialog" || form.role === "search") return;
    if (form.dataset.sent) return event.preventDefault(); // a double click sends once
    form.dataset.sent = "1";
  });
  // Coming back by the browser's history: the form may be sent again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) delete form.dataset.sent;
  });
  confirmNames();
  // A form that came back after signing in was answered at the sign-in page's address.
  const address = document.body.dataset.address;
  if (address) history.replaceState(null, "", address);
}
