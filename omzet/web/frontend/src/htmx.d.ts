// What these pages use of htmx 4.0.1.
interface HtmxSwap {
  /** Its `hx-sync` decides what becomes of a request that is under way. */
  source: string;
  target: string | Element;
  select?: string;
  swap?: string;
  headers?: Record<string, string>;
}
interface Htmx {
  ajax(verb: string, path: string, options: HtmxSwap): Promise<void>;
  registerExtension(name: string, extension: Record<string, (element: Element, detail: Record<string, unknown>) => boolean | void>): void;
}
declare const htmx: Htmx;
declare module "htmx.org/dist/htmx.esm.js";
