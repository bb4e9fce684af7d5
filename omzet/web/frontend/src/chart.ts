// A chart is one tab stop; arrows walk its marks, and the mark under the pointer or the focus shows its tip.

let tip: HTMLElement | null = null;

function show(mark: Element): void {
  const words = mark.getAttribute("data-tip");
  if (!words) return;
  if (!tip) {
    tip = document.createElement("div");
    tip.className = "tip";
    tip.setAttribute("aria-hidden", "true");
  }
  // A dialog lies above everything else on the page, so its tips must lie inside it.
  (mark.closest("dialog") ?? document.body).append(tip);
  tip.textContent = words;
  const at = mark.getBoundingClientRect();
  const left = at.left + at.width / 2 - tip.offsetWidth / 2;
  const above = at.top - tip.offsetHeight - 8;
  tip.style.left = `${Math.max(8, Math.min(left, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${above < 60 ? Math.min(at.bottom + 8, innerHeight - tip.offsetHeight - 8) : above}px`;
}

function hide(): void {
  tip?.remove();
}

function walk(event: KeyboardEvent): void {
  const mark = (event.target as Element).closest("[data-mark]");
  if (!mark) return;
  if (event.key === "Escape") hide();
  const marks = [...(mark.closest("svg")?.querySelectorAll<SVGElement>("[data-mark]") ?? [])];
  const index = marks.indexOf(mark as SVGElement);
  const step: Record<string, number> = { ArrowRight: index + 1, ArrowDown: index + 1, ArrowLeft: index - 1, ArrowUp: index - 1, Home: 0, End: marks.length - 1 };
  const next = step[event.key];
  if (next === undefined) return;
  event.preventDefault();
  const other = marks[Math.max(0, Math.min(next, marks.length - 1))];
  for (const each of marks) each.setAttribute("tabindex", each === other ? "0" : "-1");
  other?.focus();
}

export function startChart(): void {
  const over = (event: Event): void => {
    const mark = (event.target as Element).closest?.("[data-tip]");
    if (mark) show(mark);
    else hide();
  };
  // The tip takes the place of the browser's own, which would appear beside it.
  document.addEventListener("pointerover", (event) => {
    const mark = (event.target as Element).closest?.("[data-tip]");
    mark?.querySelector(":scope > title")?.remove();
    over(event);
  });
  document.addEventListener("focusin", over);
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", walk);
  window.addEventListener(
    "scroll",
    () => {
      const focused = document.activeElement?.closest("[data-tip]");
      if (tip?.isConnected && focused) show(focused);
      else hide();
    },
    { passive: true, capture: true },
  );
}
