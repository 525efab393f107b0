import { JSDOM } from "jsdom";

/**
 * A page for React to draw into: import it before React and Testing Library. Only what they need becomes global; fetch,
 * streams and signals stay Node's own, with which the client speaks to a real server.
 */
const { window } = new JSDOM("<!doctype html><html lang='en'><body></body></html>", {
  pretendToBeVisual: true,
});

const names = [
  "document",
  "HTMLElement",
  "HTMLIFrameElement",
  "Element",
  "Node",
  "MutationObserver",
] as const;
for (const name of names)
  Object.defineProperty(globalThis, name, { value: window[name], configurable: true });
Object.defineProperty(globalThis, "window", { value: window, configurable: true });
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
