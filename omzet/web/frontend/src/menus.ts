// Popovers stand under the button that opened them, inside the window.

export function closePops(): void {
  for (const pop of document.querySelectorAll<HTMLElement>("[popover]:popover-open")) pop.hidePopover();
}

function place(pop: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const width = pop.offsetWidth;
  const height = pop.offsetHeight;
  const left = pop.dataset["align"] === "end" ? at.right - width : at.left;
  const below = at.bottom + 6;
  pop.style.left = `${Math.max(12, Math.min(left, innerWidth - width - 12))}px`;
  pop.style.top = `${below + height > innerHeight - 12 ? Math.max(12, at.top - height - 6) : below}px`;
}

const buttonOf = (pop: HTMLElement): HTMLElement | null => document.querySelector(`[popovertarget="${CSS.escape(pop.id)}"]`);

/** Open popovers go where their buttons go, and close when these leave the window. */
function follow(event: Event): void {
  for (const pop of document.querySelectorAll<HTMLElement>("[popover]:popover-open")) {
    if (event.target instanceof Node && pop.contains(event.target)) continue;
    const button = buttonOf(pop);
    const at = button?.getBoundingClientRect();
    if (!button || !at || at.bottom < 0 || at.top > innerHeight) pop.hidePopover();
    else place(pop, button);
  }
}

export function startMenus(): void {
  document.addEventListener(
    "toggle",
    (event) => {
      const pop = event.target as HTMLElement;
      if (!pop.matches?.("[popover]")) return;
      const button = buttonOf(pop);
      const open = (event as ToggleEvent).newState === "open";
      button?.setAttribute("aria-expanded", String(open));
      if (open && button) {
        place(pop, button);
        pop.querySelector<HTMLElement>("a, input, button")?.focus();
      }
    },
    true,
  );
  window.addEventListener("scroll", follow, { passive: true, capture: true });
  window.addEventListener("resize", follow);
}
