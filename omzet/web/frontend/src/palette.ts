// Ctrl K: a list of pages and metrics to jump to.

export function startPalette(): void {
  const box = document.querySelector<HTMLDialogElement>("#palette");
  const field = box?.querySelector<HTMLInputElement>("input");
  const none = box?.querySelector<HTMLElement>("p");
  if (!box || !field || !none) return;
  const items = [...box.querySelectorAll<HTMLElement>("li")];
  const links = (): HTMLAnchorElement[] => items.filter((item) => !item.hidden).map((item) => item.querySelector("a") as HTMLAnchorElement);
  let at = 0;

  const point = (index: number): void => {
    const shown = links();
    at = Math.max(0, Math.min(index, shown.length - 1));
    shown.forEach((link, place) => link.setAttribute("aria-selected", String(place === at)));
    shown[at]?.scrollIntoView({ block: "nearest" });
  };
  const filter = (): void => {
    const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    for (const item of items) {
      const text = (item.dataset["words"] ?? item.textContent ?? "").toLocaleLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
    }
    none.hidden = links().length > 0;
    point(0);
  };
  const open = (): void => {
    if (box.open || document.querySelector("dialog[open]")) return;
    field.value = "";
    filter();
    box.showModal();
    field.focus();
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-palette]")) open();
    else if (event.target === box || (event.target as Element).closest("#palette a")) box.close();
  });
  field.addEventListener("input", filter);
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") point(at + 1);
    else if (event.key === "ArrowUp") point(at - 1);
    else if (event.key === "Enter") links()[at]?.click();
    else return;
    event.preventDefault();
  });
}
