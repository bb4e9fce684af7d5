// Light, dark or as the system: kept in a cookie so that the server draws the page in it from the first byte.

const NEXT: Record<string, string> = { system: "light", light: "dark", dark: "system" };

export function startTheme(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("[data-theme-link]");
    if (!link) return;
    event.preventDefault();
    const root = document.documentElement;
    const now = NEXT[root.dataset["theme"] ?? "system"] ?? "system";
    root.dataset["theme"] = now;
    document.cookie = `omzet_theme=${now}; path=/; max-age=31536000; samesite=lax`;
    for (const each of document.querySelectorAll<HTMLElement>("[data-theme-link]")) {
      for (const icon of each.querySelectorAll<SVGElement>("[data-for]")) icon.toggleAttribute("hidden", icon.dataset["for"] !== now);
      const word = each.querySelector(`[data-for="${now}"]`)?.getAttribute("data-word");
      if (word) {
        each.setAttribute("aria-label", word);
        each.title = word;
      }
    }
  });
}
