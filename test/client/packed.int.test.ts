import { type AnsweringServer, serveAnswers, stream } from "@millrace/client/testing/serve-answers";
import { syncWith } from "@millrace/client/testing/sync-with";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PackedApp, packApp, run } from "./packed-app.ts";
import { readSnippets } from "./read-snippets.ts";
import { showPage } from "./show-page.ts";

let app: PackedApp;
let server: AnsweringServer;

beforeAll(async () => {
  app = await packApp();
  const ended = syncWith({}, { status: "completed", version: "1-7" });
  server = await serveAnswers(
    stream(`event: sync\nid: 1-7\ndata: ${JSON.stringify(ended)}\n\nevent: end\ndata: {}\n\n`),
  );
});
afterAll(() => {
  server?.stop();
  app?.remove();
});

test("Node runs it as it is packed, without TypeScript and without React", async () => {
  const script = `
    import { createMillrace } from "@millrace/client";
    const millrace = createMillrace({ baseUrl: process.argv[2], key: "mr_x" });
    for await (const { status, version } of millrace.watchSync("syn_1")) console.log(status, version);`;
  app.write("watch.mjs", script);
  const { stdout } = await run(process.execPath, ["--no-experimental-strip-types", "watch.mjs", server.url], {
    cwd: app.folder,
  });
  expect(stdout).toBe("completed 1-7\n");
});

test("its types say what the API gives and takes, without those of Node", async () => {
  const script = `
    import { createMillrace, type Sync } from "@millrace/client";
    const millrace = createMillrace({ baseUrl: "https://millrace.example.com" });
    export const first: Promise<IteratorResult<Sync>> = millrace.watchSync("syn_1").next();
    export const started: Promise<{ syncId: string }> = millrace.syncs.start({ accountId: "acc_1" });
    // @ts-expect-error there is no such mode
    millrace.syncs.start({ accountId: "acc_1", mode: "half" });
    // @ts-expect-error a sync has no such thing
    millrace.syncs.get("syn_1").then((sync) => sync.colour);`;
  app.write("use.ts", script);
  await app.compile(["use.ts"]);
});

test("Vite bundles the hooks and the style sheet, in a few kilobytes beside React", async () => {
  app.useReact(19);
  app.write("index.html", '<script type="module" src="/main.jsx"></script>');
  const page = `
    import { createMillrace } from "@millrace/client";
    import { MillraceProvider, SyncProgress } from "@millrace/client/react";
    import "@millrace/client/react/sync-progress.css";
    import { createElement } from "react";
    export const page = createElement(MillraceProvider, { client: createMillrace({ baseUrl: "" }) },
      createElement(SyncProgress, { id: "syn_1" }));
    globalThis.page = page;`;
  app.write("main.jsx", page);
  const rolldownOptions = { external: ["react", "react/jsx-runtime"] };
  const built = await build({
    root: app.folder,
    logLevel: "error",
    build: { write: false, rolldownOptions },
  });
  const { output } = [built].flat()[0] as { output: { fileName: string; code?: string; source?: unknown }[] };
  const code = output.find(({ fileName }) => fileName.endsWith(".js"))?.code ?? "";
  const sheet = output.find(({ fileName }) => fileName.endsWith(".css"))?.source;
  expect(code).toContain("last-event-id");
  expect(String(sheet)).toContain(".millrace-progress");
  expect(Buffer.byteLength(code)).toBeLessThan(30_000);
});

const documents = ["README.md", "packages/client/README.md"];

test.each([18, 19] as const)(
  "what the READMEs show compiles with React %i as it stands, and its page shows a sync",
  async (version) => {
    app.useReact(version);
    const snippets = documents.flatMap((document) => readSnippets(document));
    const pages = snippets.filter(({ name }) => name.endsWith(".tsx"));
    expect([snippets.length > 4, pages.length]).toEqual([true, documents.length]);
    for (const { name, text } of snippets) app.write(name, text);
    await app.compile(
      snippets.map(({ name }) => name),
      "node",
    );
    for (const { name } of pages) {
      const shown = await showPage(app, name, { syncId: "syn_1", millraceUrl: server.url });
      expect(shown).toEqual({
        react: expect.stringMatching(`^${version}\\.`),
        title: "Up to date",
        token: "mrb_x",
      });
    }
  },
);
