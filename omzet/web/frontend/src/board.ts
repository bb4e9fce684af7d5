// Moving a deal on the board: dragged, or by the menu on its card. The page itself is laid anew by the change that follows.
import { visit } from "./visit";

let dragged: HTMLElement | null = null;
let chosen: HTMLElement | null = null;

const card = (target: EventTarget | null): HTMLElement | null => (target as Element | null)?.closest<HTMLElement>("[data-deal]") ?? null;
const column = (target: EventTarget | null): HTMLElement | null => (target as Element | null)?.closest<HTMLElement>("[data-stage]") ?? null;
const word = (name: string): string => document.querySelector<HTMLTemplateElement>("#board-words")?.content.querySelector(`[data-word=${name}]`)?.textContent ?? "";

function toast(text: string, undo?: () => void): void {
  document.querySelector(".toast")?.remove();
  const box = document.createElement("div");
  box.className = "toast";
  box.setAttribute("role", "status");
  box.textContent = text;
  if (undo) {
    const button = document.createElement("button");
    button.className = "toast-undo";
    button.textContent = word("undo");
    button.addEventListener("click", () => {
      box.remove();
      undo();
    });
    box.append(" ", button);
  }
  document.body.append(box);
  setTimeout(() => box.remove(), 8000);
}

async function move(moved: HTMLElement, from: string, to: string, back = false): Promise<void> {
  const board = document.querySelector<HTMLElement>("[data-board]");
  const form = new FormData();
  for (const [name, value] of Object.entries({ deal: moved.dataset["deal"] ?? "", stage: to, seen: from, token: board?.dataset["token"] ?? "" })) form.set(name, value);
  const target = document.querySelector(`[data-stage="${CSS.escape(to)}"] .cards`);
  const home = moved.parentElement;
  target?.prepend(moved);
  const answer = await fetch("/pipeline/move", { method: "POST", body: form, headers: { accept: "application/json" } });
  if (!answer.ok) {
    home?.prepend(moved);
    const told = (await answer.json().catch(() => ({}))) as { error?: string };
    toast(told.error ?? word("failed"));
    return;
  }
  toast(word("moved").replace("%s", moved.dataset["name"] ?? ""), back ? undefined : () => void move(moved, to, from, true));
}

export function startBoard(): void {
  document.addEventListener("dragstart", (event) => {
    dragged = card(event.target);
    if (!dragged?.draggable) return;
    dragged.classList.add("dragged");
    event.dataTransfer?.setData("text/plain", dragged.dataset["deal"] ?? "");
  });
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    for (const each of document.querySelectorAll(".board-column.over")) each.classList.remove("over");
    dragged = null;
  });
  document.addEventListener("dragover", (event) => {
    const over = dragged && column(event.target);
    if (!over) return;
    event.preventDefault();
    for (const each of document.querySelectorAll(".board-column.over")) if (each !== over) each.classList.remove("over");
    over.classList.add("over");
  });
  document.addEventListener("drop", (event) => {
    const to = column(event.target)?.dataset["stage"];
    const from = column(dragged)?.dataset["stage"];
    if (!dragged || !to || from === undefined) return;
    event.preventDefault();
    if (to !== from) void move(dragged, from, to);
  });
  document.addEventListener("click", (event) => {
    const opener = (event.target as Element).closest<HTMLElement>("[data-move]");
    const menu = document.querySelector<HTMLElement>("#board-move");
    if (!opener || !menu) return;
    event.preventDefault();
    chosen = card(opener);
    menu.showPopover();
    const place = opener.getBoundingClientRect();
    menu.style.left = `${Math.max(12, Math.min(place.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 12))}px`;
    menu.style.top = `${Math.min(place.bottom + 4, innerHeight - menu.offsetHeight - 12)}px`;
    menu.querySelector<HTMLElement>("button")?.focus();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.closest("#board-move") || !chosen) return;
    event.preventDefault();
    form.closest<HTMLElement>("#board-move")?.hidePopover();
    const to = (event.submitter as HTMLButtonElement | null)?.value ?? "";
    const from = column(chosen)?.dataset["stage"] ?? "";
    if (to && to !== from) void move(chosen, from, to);
    chosen.querySelector<HTMLElement>("a")?.focus();
  });
  document.addEventListener("change", (event) => {
    const field = event.target as HTMLInputElement;
    const form = field.closest<HTMLFormElement>("form[data-auto]");
    if (!form) return;
    const slid = field.dataset["weeks"];
    if (slid) {
      const day = new Date(`${slid}T12:00:00Z`);
      day.setUTCDate(day.getUTCDate() - 7 * Number(field.value));
      const date = form.querySelector<HTMLInputElement>("[name=as_of]");
      if (date) date.value = Number(field.value) ? day.toISOString().slice(0, 10) : "";
    }
    const address = new URL(form.action, location.href);
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && value) address.searchParams.append(name, value);
    void visit(address.pathname + address.search);
  });
}
