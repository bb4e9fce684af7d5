// Copies an address and says so.

export function toast(words: string): void {
  document.querySelector(".toast")?.remove();
  const box = document.createElement("div");
  box.className = "toast";
  box.setAttribute("role", "status");
  box.textContent = words;
  (document.querySelector("dialog[open]") ?? document.body).append(box);
  setTimeout(() => box.remove(), 2400);
}

export function startCopy(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
    if (!button) return;
    event.preventDefault();
    const address = new URL(button.dataset["copy"] || location.href, location.href).href;
    navigator.clipboard.writeText(address).then(
      () => toast(button.dataset["done"] ?? ""),
      () => prompt(button.textContent?.trim() ?? "", address),
    );
  });
}
