// A number opens in a dialog over the page; its address is that of the full page of the same drill.
import { shownPage } from "./visit";

let opener: Element | null = null;
let pushed = 0;

const dialog = (): HTMLDialogElement | null => document.querySelector<HTMLDialogElement>("#drill");

export function isDrill(address: URL): boolean {
  return address.pathname === "/drill";
}

export async function openDrill(path: string, from: Element | null, push = true): Promise<void> {
  const box = dialog();
  if (!box) {
    location.assign(path);
    return;
  }
  if (from && !from.closest("#drill")) opener = from;
  await htmx.ajax("GET", path, { source: "#drill-body", target: "#drill-body", select: "#drill-content", swap: box.open ? "innerMorph" : "innerHTML" });
  if (!box.querySelector("#drill-content")) {
    // What came back is no drill but a page that says what is wrong.
    location.assign(path);
    return;
  }
  if (!box.open) {
    box.removeAttribute("open");
    box.showModal();
    box.querySelector<HTMLElement>("#drill-body")?.scrollTo(0, 0);
    box.querySelector<HTMLElement>("[data-close]")?.focus();
  }
  box.setAttribute("aria-label", box.querySelector("h2")?.textContent ?? "");
  if (push) {
    history.pushState({ drill: path }, "", path);
    pushed += 1;
  }
}

/** Lay newer rows over the open drill. */
export async function refreshDrill(): Promise<void> {
  if (dialog()?.open) {
    await htmx.ajax("GET", location.pathname + location.search, { source: "#drill-body", target: "#drill-body", select: "#drill-content", swap: "innerMorph" });
  }
}

export function closeDrill(back = true): void {
  const box = dialog();
  if (!box?.open) return;
  box.close();
  if (back) history.pushState({ page: shownPage() }, "", shownPage());
  pushed = 0;
  if (opener?.isConnected && (opener instanceof HTMLElement || opener instanceof SVGElement)) opener.focus();
  opener = null;
}

export function startDrill(): void {
  const box = dialog();
  box?.addEventListener("cancel", (event) => {
    event.preventDefault();
    closeDrill();
  });
  box?.addEventListener("click", (event) => {
    if (event.target === box || (event.target as Element).closest("[data-close]")) {
      event.preventDefault();
      closeDrill();
    }
  });
  box?.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.method !== "get") return;
    event.preventDefault();
    const address = new URL(form.action, location.href);
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && value) address.searchParams.append(name, value);
    void openDrill(address.pathname + address.search, null);
  });
}
