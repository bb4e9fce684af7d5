// Committed changes reach every open page. A browser keeps few connections to one server, so of all its tabs one holds
// the stream (a Web Lock decides which) and tells the others over a BroadcastChannel.
import { refreshDrill } from "./drill";
import { morphPage } from "./morph";
import { shownPage } from "./visit";

type News = { kind: "revision"; revision: number; at: string } | { kind: "state"; state: "live" | "lost" } | { kind: "ask" };

const channel = new BroadcastChannel("omzet-live");
let newest = 0;
let state: "live" | "lost" = "live";
let refreshing = false;

function revisionOnPage(): number {
  return Number(document.getElementById("page")?.dataset["revision"] ?? 0);
}

function setState(now: "live" | "lost"): void {
  state = now;
  const dot = document.querySelector<HTMLElement>(".live");
  if (dot && dot.dataset["state"] !== "off") dot.dataset["state"] = now;
}

function figures(): Map<string, string> {
  const found = new Map<string, string>();
  for (const element of document.querySelectorAll<HTMLElement>("[data-live]")) found.set(element.dataset["live"] ?? "", element.textContent ?? "");
  return found;
}

function flash(before: Map<string, string>): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-live]")) {
    const old = before.get(element.dataset["live"] ?? "");
    if (old === undefined || old === element.textContent) continue;
    element.classList.remove("flash");
    void element.offsetWidth;
    element.classList.add("flash");
    element.addEventListener("animationend", () => element.classList.remove("flash"), { once: true });
  }
}

async function refresh(): Promise<void> {
  // A half-written form must not be swept away: such a page says `data-still`.
  if (refreshing || document.hidden || newest <= revisionOnPage() || document.querySelector("#page[data-still]")) return;
  refreshing = true;
  try {
    let before = figures();
    if (document.getElementById("figures")) {
      // The figures at the top come first: they take a part of the time that the whole page takes.
      await htmx.ajax("GET", `/figures${new URL(shownPage(), location.href).search}`, { source: "#figures", target: "#figures", swap: "outerMorph" });
      flash(before);
      before = figures();
    }
    await morphPage(shownPage());
    await refreshDrill();
    flash(before);
  } finally {
    refreshing = false;
  }
  if (newest > revisionOnPage()) setTimeout(() => void refresh(), 500);
}

function hear(news: News): void {
  if (news.kind === "revision") {
    newest = Math.max(newest, news.revision);
    setState("live");
    void refresh();
  } else if (news.kind === "state") {
    setState(news.state);
  }
}

function tell(news: News): void {
  hear(news);
  channel.postMessage(news);
}

/** Hold the stream until this tab goes. */
function lead(): Promise<never> {
  let wait = 1000;
  const connect = (): void => {
    const stream = new EventSource("/live");
    stream.addEventListener("revision", (event) => {
      wait = 1000;
      const news = JSON.parse((event as MessageEvent<string>).data) as { revision: number; at: string };
      tell({ kind: "revision", ...news });
    });
    stream.onerror = () => {
      stream.close();
      tell({ kind: "state", state: "lost" });
      setTimeout(connect, wait);
      wait = Math.min(wait * 1.6, 15000);
    };
  };
  connect();
  channel.addEventListener("message", (event: MessageEvent<News>) => {
    if (event.data.kind !== "ask") return;
    channel.postMessage({ kind: "revision", revision: newest, at: "" } satisfies News);
    channel.postMessage({ kind: "state", state } satisfies News);
  });
  return new Promise(() => undefined);
}

export function startLive(): void {
  if (!document.querySelector(".live")) return;
  newest = revisionOnPage();
  channel.addEventListener("message", (event: MessageEvent<News>) => hear(event.data));
  channel.postMessage({ kind: "ask" } satisfies News);
  document.addEventListener("visibilitychange", () => void refresh());
  if (navigator.locks) void navigator.locks.request("omzet-live", lead);
  else void lead();
}
