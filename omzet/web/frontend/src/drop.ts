// Files dropped on the box go into its file field; choosing files sends the form.

export function startDrop(): void {
  const boxOf = (event: Event): HTMLFormElement | null => (event.target as Element).closest?.<HTMLFormElement>("form.drop") ?? null;
  document.addEventListener("dragover", (event) => {
    const box = boxOf(event);
    if (!box) return;
    event.preventDefault();
    box.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => boxOf(event)?.classList.remove("is-over"));
  document.addEventListener("drop", (event) => {
    const box = boxOf(event);
    const field = box?.querySelector<HTMLInputElement>('input[type="file"]');
    if (!box || !field || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    field.files = event.dataTransfer.files;
    box.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.method !== "post") return;
    const question = form.querySelector<HTMLElement>("[data-confirm]")?.dataset["confirm"];
    if (question && !confirm(question)) {
      event.preventDefault();
      return;
    }
    form.setAttribute("aria-busy", "true");
    const button = form.querySelector<HTMLButtonElement>("button[data-busy]");
    if (button) {
      button.setAttribute("aria-disabled", "true");
      button.textContent = button.dataset["busy"] ?? button.textContent;
    }
  });
}
