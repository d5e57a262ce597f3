// Mounts a log viewer on every element that names a log.
import { Viewer } from "./viewer.ts";

const mounted = new Map<Element, Viewer>();

function mount(): void {
  for (const [element, viewer] of mounted) {
    if (element.isConnected) continue;
    viewer.end();
    mounted.delete(element);
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-log]")) {
    if (!mounted.has(element)) mounted.set(element, new Viewer(element));
  }
}

mount();
document.addEventListener("slipway:morphed", mount);
