// Presentation: the page alone, larger, on the whole screen; it stays live. Escape, or the button, ends it.
import { closePops } from "./menus";

const root = document.documentElement;

function set(on: boolean): void {
  closePops();
  root.toggleAttribute("data-present", on);
  for (const each of document.querySelectorAll<HTMLElement>("[data-present-button]")) each.setAttribute("aria-pressed", String(on));
  dispatchEvent(new Event("resize"));
}

export function startPresent(): void {
  document.addEventListener("click", (event) => {
    if (!(event.target as Element).closest("[data-present-button]")) return;
    const on = !root.hasAttribute("data-present");
    set(on);
    // Without leave for the whole screen the page is still shown alone.
    if (on) root.requestFullscreen?.().catch(() => undefined);
    else if (document.fullscreenElement) void document.exitFullscreen();
  });
  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement) set(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && root.hasAttribute("data-present") && !document.querySelector("dialog[open], [popover]:popover-open")) set(false);
  });
}
