// Keeps what the reader opened when the server's newer page is laid over the one on screen.

export function startMorph(): void {
  htmx.registerExtension("keep-open", {
    htmx_before_morph_attr(element, detail) {
      return !(detail["attrName"] === "open" && (element instanceof HTMLDetailsElement || element instanceof HTMLDialogElement));
    },
  });
}

let running = 0;

/** Fetch `url` and lay its `#page` over this one. */
export async function morphPage(url: string): Promise<void> {
  const page = document.getElementById("page");
  if (!page) return;
  const mine = ++running;
  page.setAttribute("aria-busy", "true");
  try {
    await htmx.ajax("GET", url, { source: "#page", target: "#page", select: "#page", swap: "outerMorph" });
  } finally {
    if (mine === running) document.getElementById("page")?.removeAttribute("aria-busy");
  }
}
