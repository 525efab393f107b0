import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type AnsweringServer, serveAnswers, stream } from "@millrace/client/testing/serve-answers";
import { syncWith } from "@millrace/client/testing/sync-with";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL("../../packages/client", import.meta.url));
const bin = fileURLToPath(new URL("../../node_modules/.bin", import.meta.url));
const parser = dirname(createRequire(join(packageFolder, "x.js")).resolve("eventsource-parser/package.json"));

let folder: string;
/** A folder of somebody who has installed the package, and nothing of this workspace. */
let app: string;
let server: AnsweringServer;

/** What `npm pack` makes of a folder, as a file. */
async function pack(from: string): Promise<string> {
  const { stdout } = await run("npm", ["pack", from, "--ignore-scripts", "--json"], { cwd: folder });
  const packed = Object.values(JSON.parse(stdout) as Record<string, { filename: string }>)[0];
  return join(folder, packed?.filename ?? "");
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-packed-"));
  app = join(folder, "app");
  mkdirSync(app);
  await run(process.execPath, [join(packageFolder, "build-package.ts"), join(folder, "dist")]);
  const packed = [await pack(join(folder, "dist")), await pack(realpathSync(parser))];
  writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--legacy-peer-deps", ...packed], {
    cwd: app,
  });
  const ended = syncWith({}, { status: "completed", version: "1-7" });
  server = await serveAnswers(
    stream(`event: sync\nid: 1-7\ndata: ${JSON.stringify(ended)}\n\nevent: end\ndata: {}\n\n`),
  );
});
afterAll(() => {
  server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("Node runs it as it is packed, without TypeScript and without React", async () => {
  const script = `
    import { createMillrace } from "@millrace/client";
    const millrace = createMillrace({ baseUrl: process.argv[2], key: "mr_x" });
    for await (const { status, version } of millrace.watchSync("syn_1")) console.log(status, version);`;
  writeFileSync(join(app, "watch.mjs"), script);
  const { stdout } = await run(process.execPath, ["--no-experimental-strip-types", "watch.mjs", server.url], {
    cwd: app,
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
  writeFileSync(join(app, "use.ts"), script);
  const flags = [
    "--strict",
    "--noEmit",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--lib",
    "es2022,dom",
    "--types",
    "",
  ];
  await run(join(bin, "tsc"), [...flags, "use.ts"], { cwd: app });
});

test("Vite bundles the hooks and the style sheet, in a few kilobytes beside React", async () => {
  for (const name of ["react", "react-dom"])
    symlinkSync(realpathSync(join(packageFolder, "node_modules", name)), join(app, "node_modules", name));
  writeFileSync(join(app, "index.html"), '<script type="module" src="/main.jsx"></script>');
  const page = `
    import { createMillrace } from "@millrace/client";
    import { MillraceProvider, SyncProgress } from "@millrace/client/react";
    import "@millrace/client/react/sync-progress.css";
    import { createElement } from "react";
    export const page = createElement(MillraceProvider, { client: createMillrace({ baseUrl: "" }) },
      createElement(SyncProgress, { id: "syn_1" }));
    globalThis.page = page;`;
  writeFileSync(join(app, "main.jsx"), page);
  const rolldownOptions = { external: ["react", "react/jsx-runtime"] };
  const built = await build({ root: app, logLevel: "error", build: { write: false, rolldownOptions } });
  const { output } = [built].flat()[0] as { output: { fileName: string; code?: string; source?: unknown }[] };
  const code = output.find(({ fileName }) => fileName.endsWith(".js"))?.code ?? "";
  const sheet = output.find(({ fileName }) => fileName.endsWith(".css"))?.source;
  expect(code).toContain("last-event-id");
  expect(String(sheet)).toContain(".millrace-progress");
  expect(Buffer.byteLength(code)).toBeLessThan(30_000);
});
