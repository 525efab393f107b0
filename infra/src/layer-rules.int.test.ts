import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** One wrong import a rule, and beside it a right one that the rule must let pass. */
const files: Record<string, string> = {
  "services/a/src/main.ts": 'import "../../b/src/main.ts";',
  "services/b/src/main.ts": 'import "pg"; import "node:fs";',
  "services/b/src/decide-x.ts": 'import "pg"; import "zod";',
  "services/b/src/x.ts": 'import "@nats-io/jetstream"; import "../../../infra/src/y.ts";',
  "services/b/src/x.int.test.ts": 'import "@nats-io/jetstream"; import "../../../infra/src/y.ts";',
  "packages/shared/src/events/e.ts":
    'import type { readFile } from "node:fs"; export type X = typeof readFile;',
  "packages/shared/src/domain/d.ts": 'import "../nats/n.ts";',
  "packages/shared/src/domain/ok.ts": 'import type { N } from "../nats/n.ts"; export type M = N;',
  "packages/shared/src/nats/n.ts": 'import "@nats-io/jetstream"; export type N = 1;',
  "packages/shared/src/projection/project-p.ts": 'import "../nats/n.ts";',
  "packages/shared/src/projection/apply-p.ts": 'import "../nats/n.ts";',
  "packages/shared/src/mail/m.ts": 'import type {} from "google-auth-library"; import "./cycle-a.ts";',
  "packages/shared/src/mail/cycle-a.ts": 'import "./cycle-b.ts";',
  "packages/shared/src/mail/cycle-b.ts": 'import "./cycle-a.ts"; import "./absent.ts";',
  "packages/shared/src/telemetry/t.ts": 'import "@opentelemetry/api"; import "@opentelemetry/sdk-trace";',
  "packages/shared/src/telemetry/register-tracing.ts": 'import "@opentelemetry/sdk-trace";',
  "packages/shared/src/providers/gmail/g.ts": 'import "google-auth-library"; import "@googleapis/gmail";',
  "packages/client/src/c.ts": 'import "../../shared/src/nats/n.ts"; import "node:buffer"; import "zod";',
  "packages/client/src/testing/t.ts": 'import "node:http";',
  "infra/src/y.ts": 'import "../../services/b/src/main.ts"; import "./y.unit.test.ts";',
  "infra/src/y.unit.test.ts": "export {};",
};

const expected = [
  "client-alone packages/client/src/c.ts",
  "client-without-node packages/client/src/c.ts",
  "everything-resolves packages/shared/src/mail/cycle-b.ts",
  "google-only-in-gmail packages/shared/src/mail/m.ts",
  "nats-only-in-shared-nats services/b/src/x.ts",
  "no-cycles packages/shared/src/mail/cycle-a.ts",
  "nothing-imports-tests infra/src/y.ts",
  "product-without-infra services/b/src/x.ts",
  "pure-without-io-folders packages/shared/src/domain/d.ts",
  "pure-without-io-folders packages/shared/src/projection/project-p.ts",
  "pure-without-io-modules packages/shared/src/events/e.ts",
  "pure-without-io-packages services/b/src/decide-x.ts",
  "services-apart services/a/src/main.ts",
  "shared-below-services infra/src/y.ts",
  "tracing-loaded-late packages/shared/src/telemetry/t.ts",
];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-layers-"));
  for (const [name, text] of Object.entries(files)) write(name, text);
  for (const name of [
    "pg",
    "zod",
    "@nats-io/jetstream",
    "google-auth-library",
    "@googleapis/gmail",
    "@opentelemetry/api",
    "@opentelemetry/sdk-trace",
  ]) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", main: "index.js" }));
    write(`node_modules/${name}/index.js`, "");
  }
  for (const name of ["tsconfig.json", ".dependency-cruiser.mjs"])
    symlinkSync(join(root, name), join(folder, name));
  write("package.json", '{"name":"fixture","type":"module"}');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("each layer rule fails on the import that it is there for, and on no other", async () => {
  const output = await new Promise<string>((resolve) => {
    execFile(
      join(root, "node_modules/.bin/depcruise"),
      ["--config", ".dependency-cruiser.mjs", "--output-type", "json", "services", "packages", "infra"],
      { cwd: folder, maxBuffer: 16 * 1024 * 1024 },
      (_error, stdout) => resolve(stdout),
    );
  });
  const report = JSON.parse(output) as {
    summary: { violations: { rule: { name: string }; from: string }[] };
  };
  const found = report.summary.violations.map(({ rule, from }) => `${rule.name} ${from}`);
  expect([...new Set(found)].sort()).toEqual(expected);
});

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}
