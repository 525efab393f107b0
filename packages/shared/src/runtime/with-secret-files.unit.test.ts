import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { withSecretFiles } from "./with-secret-files.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-secrets-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (text: string): string => {
  const path = join(folder, "secret");
  writeFileSync(path, text);
  return path;
};

it("a secret is read from its file, without the end of its last line", () => {
  const env = { LOG_LEVEL: "info", DATABASE_URL_FILE: fileOf("postgres://u:p@h/d\n") };
  expect(withSecretFiles(env)).toMatchObject({ LOG_LEVEL: "info", DATABASE_URL: "postgres://u:p@h/d" });
});

it("all problems are told at once, without what is secret", () => {
  const env = {
    DATABASE_URL_FILE: join(folder, "absent"),
    NATS_URL: "nats://secret@h",
    NATS_URL_FILE: fileOf("nats://other@h"),
  };
  expect(() => withSecretFiles(env)).toThrow(/2 problem.*DATABASE_URL_FILE: .*ENOENT.*both set/s);
  expect(() => withSecretFiles(env)).not.toThrow(/secret@|other@/);
});

it("of other variables a name with _FILE is a name", () => {
  expect(withSecretFiles({ HOST_FILE: "/nowhere" })).toEqual({ HOST_FILE: "/nowhere" });
});
