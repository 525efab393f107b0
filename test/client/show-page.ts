import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "vite";
import { type PackedApp, run } from "./packed-app.ts";

export interface Shown {
  /** Its version. */
  readonly react: string;
  readonly title: string;
  /** With what Millrace was asked. */
  readonly token: string;
}

const jsdom = createRequire(fileURLToPath(new URL("../../packages/client/package.json", import.meta.url)));

/**
 * Bundles a page whose `Inbox` shows a sync, and draws it with the app's React, in Strict Mode, in a process of its own: its
 * own server gives a token, and Millrace is at another address than the page says.
 */
export async function showPage(
  app: PackedApp,
  page: string,
  { syncId, millraceUrl }: { readonly syncId: string; readonly millraceUrl: string },
): Promise<Shown> {
  await build({
    root: app.folder,
    configFile: false,
    logLevel: "error",
    build: { ssr: page, outDir: "drawn", rolldownOptions: { output: { entryFileNames: "page.js" } } },
    ssr: { noExternal: ["@millrace/client", "eventsource-parser"], external: ["react", "react-dom"] },
  });
  const script = `
    import { JSDOM } from ${JSON.stringify(pathToFileURL(jsdom.resolve("jsdom")).href)};
    const { window } = new JSDOM("<!doctype html><body><main id='app'></main></body>", { pretendToBeVisual: true });
    Object.assign(globalThis, { window, document: window.document, HTMLElement: window.HTMLElement });
    const ask = fetch;
    let token;
    globalThis.fetch = (input, init) => {
      const address = String(input);
      if (address === "/api/token") return Promise.resolve(new Response("mrb_x"));
      token = new Headers(init.headers).get("authorization").replace("Bearer ", "");
      return ask(address.replace(/^https?:\\/\\/[^/]+/, ${JSON.stringify(millraceUrl)}), init);
    };
    const { createElement, StrictMode, version } = await import("react");
    const { createRoot } = await import("react-dom/client");
    const { Inbox } = await import("./drawn/page.js");
    const root = createRoot(document.getElementById("app"));
    root.render(createElement(StrictMode, null, createElement(Inbox, { syncId: ${JSON.stringify(syncId)} })));
    const end = Date.now() + 20_000;
    const title = () => document.querySelector("[role=status]")?.textContent ?? "";
    while (title() !== "Up to date" && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    console.log(JSON.stringify({ react: version, title: title(), token }));
    root.unmount();
    process.exit(0);`;
  app.write("draw.mjs", script);
  const { stdout } = await run(process.execPath, [join(app.folder, "draw.mjs")], { cwd: app.folder });
  return JSON.parse(stdout) as Shown;
}
