// Loads the drawing library only where a page has something for it to draw.
const drawn = new WeakMap<Element, string>();

async function drawAll(): Promise<void> {
  const boxes = [...document.querySelectorAll<HTMLElement>("[data-echart]")].filter((box) => drawn.get(box) !== box.dataset["echart"]);
  if (!boxes.length) return;
  const path = document.querySelector<HTMLElement>("[data-explore-script]")?.dataset["exploreScript"];
  if (!path) return;
  const { draw } = (await import(path)) as { draw: (box: HTMLElement) => void };
  for (const box of boxes) {
    drawn.set(box, box.dataset["echart"] ?? "");
    box.replaceChildren();
    draw(box);
  }
}

export function startCharts(): void {
  void drawAll();
  document.addEventListener("omzet:morphed", () => void drawAll());
  new MutationObserver(() => void drawAll()).observe(document.body, { childList: true, subtree: true, attributeFilter: ["data-echart"] });
}
