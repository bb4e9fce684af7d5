// The filter bar: a form is sent as an address that says only what was chosen; a long list can be searched.
import { visit } from "./visit";

export function startFilters(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("#page form[data-choose]")) return;
    event.preventDefault();
    const address = new URL(form.action, location.href);
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && value !== "") address.searchParams.append(name, value);
    void visit(address.pathname + address.search);
  });
  document.addEventListener("input", (event) => {
    const box = event.target as HTMLInputElement;
    if (!box.matches("[data-find]")) return;
    const words = box.value.trim().toLocaleLowerCase();
    for (const option of box.closest("form, .pop")?.querySelectorAll<HTMLElement>("[data-option]") ?? []) {
      option.hidden = words !== "" && !(option.textContent ?? "").toLocaleLowerCase().includes(words);
    }
  });
}
