// Links and forms that change the choice of the page: fetched and morphed, with the address kept.
import { closeDrill, isDrill, openDrill } from "./drill";
import { closePops } from "./menus";
import { morphPage } from "./morph";

let shown = location.pathname + location.search;

/** The address of the page that is on screen, under a drill if one is open. */
export function shownPage(): string {
  return shown;
}

export async function visit(url: string, push = true): Promise<void> {
  const address = new URL(url, location.href);
  const path = address.pathname + address.search;
  closePops();
  if (push && path !== shown) history.pushState({ page: path }, "", path);
  shown = path;
  pointSwitches();
  await morphPage(path);
  // A filter that was just put in the bar opens at once.
  document.querySelector<HTMLElement>("#page button[data-open]")?.click();
}

/** The links to another language or theme lie outside the part that changes: they must lead to what is on screen. */
function pointSwitches(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>("[data-switch]")) {
    const [name, value] = (link.dataset["switch"] ?? "").split("=");
    const address = new URL(shown, location.href);
    if (name && value) address.searchParams.set(name, value);
    link.href = address.pathname + address.search;
  }
}

/** Whether a link stays on the page that is on screen, so that only its parts change. */
function samePage(address: URL): boolean {
  return address.origin === location.origin && address.pathname === new URL(shown, location.href).pathname && !address.hash;
}

export function startVisits(): void {
  history.replaceState({ page: shown }, "", location.href);
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest("#page a[href], dialog a[href]");
    const href = link?.getAttribute("href");
    if (!link || !href || link.hasAttribute("download") || link.hasAttribute("data-full") || href.startsWith("#")) return;
    const address = new URL(href, location.href);
    if (isDrill(address)) {
      event.preventDefault();
      void openDrill(address.pathname + address.search, link);
    } else if (samePage(address) && link.closest("#page") && !isDrill(new URL(shown, location.href))) {
      event.preventDefault();
      void visit(href);
    }
  });
  window.addEventListener("popstate", () => {
    const address = new URL(location.href);
    const path = address.pathname + address.search;
    if (isDrill(address) && !isDrill(new URL(shown, location.href))) {
      void openDrill(path, null, false);
      return;
    }
    closeDrill(false);
    if (path !== shown) void visit(path, false);
  });
}
