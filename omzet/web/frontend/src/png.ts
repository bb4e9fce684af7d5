// A tile's drawing as a picture: the SVG with its colours written out, on the tile's own ground.

const LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity", "fill-opacity", "stroke-opacity",
  "font-family", "font-size", "font-weight", "text-anchor", "paint-order", "display", "visibility"];

function shownDrawing(tile: Element): SVGSVGElement | null {
  const drawings = [...tile.querySelectorAll<SVGSVGElement>(".tile-body svg[viewBox]")];
  return drawings.find((each) => each.getBoundingClientRect().width > 100) ?? null;
}

function resolved(drawing: SVGSVGElement): SVGSVGElement {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const from = [drawing, ...drawing.querySelectorAll("*")];
  const to = [copy, ...copy.querySelectorAll("*")];
  to.forEach((element, index) => {
    const source = from[index];
    if (!source) return;
    const look = getComputedStyle(source);
    for (const name of LOOKS) {
      const value = look.getPropertyValue(name);
      if (value && value !== "none" || name === "fill" || name === "stroke") element.setAttribute(name, value);
    }
    element.removeAttribute("class");
    element.removeAttribute("href");
  });
  return copy;
}

async function picture(tile: Element): Promise<void> {
  const drawing = shownDrawing(tile);
  if (!drawing) return;
  const box = drawing.viewBox.baseVal;
  const scale = 2;
  const edge = 24;
  const title = tile.querySelector(".tile-title")?.textContent?.trim() ?? "omzet";
  const under = tile.querySelector(".tile-sub")?.textContent?.trim() ?? "";
  const copy = resolved(drawing);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(box.width * scale));
  copy.setAttribute("height", String(box.height * scale));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  const top = 52;
  const canvas = document.createElement("canvas");
  canvas.width = (box.width + 2 * edge) * scale;
  canvas.height = (box.height + top + 2 * edge) * scale;
  const paper = canvas.getContext("2d");
  if (!paper) return;
  const look = getComputedStyle(tile);
  const page = getComputedStyle(document.documentElement);
  paper.fillStyle = look.backgroundColor;
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.scale(scale, scale);
  paper.fillStyle = page.getPropertyValue("--ink");
  paper.font = `600 15px ${look.fontFamily}`;
  paper.fillText(title, edge, edge + 12);
  paper.fillStyle = page.getPropertyValue("--ink-2");
  paper.font = `400 12px ${look.fontFamily}`;
  paper.fillText(under, edge, edge + 32);
  paper.drawImage(image, edge, edge + top, box.width, box.height);
  const link = document.createElement("a");
  link.download = `${title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-")}.png`;
  link.href = canvas.toDataURL("image/png");
  link.click();
}

export function startPng(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-png]");
    const tile = button && document.getElementById(button.dataset["png"] ?? "");
    if (tile) void picture(tile);
  });
}
