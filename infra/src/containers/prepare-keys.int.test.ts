import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serviceNames } from "@millrace/shared/nats/service-rights";
import { Keyring } from "@millrace/shared/postgres/keyring";
import { afterEach, expect, it } from "vitest";
import { prepareKeys } from "./prepare-keys.ts";
import { secretStoreIn } from "./secret-store.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function givenStore() {
  const root = mkdtempSync(join(tmpdir(), "millrace-keys-"));
  folders.push(root);
  for (const holder of ["setup", ...serviceNames]) mkdirSync(join(root, holder));
  return secretStoreIn(root);
}

it("makes a key once, and keeps it", () => {
  const store = givenStore();
  expect(prepareKeys(store, "keep")).toEqual(["k1"]);
  const made = store.read("fetcher", "encryption-keys");
  expect(prepareKeys(store, "keep")).toEqual(["k1"]);
  expect(store.read("fetcher", "encryption-keys")).toBe(made);
  Keyring.parse(made ?? ""); // throws on what no service would take
});

it("puts a new key in front of the others, everywhere, and retires all but the first", () => {
  const store = givenStore();
  prepareKeys(store, "keep");
  const first = store.read("setup", "encryption-keys");
  expect(prepareKeys(store, "add")).toEqual(["k2", "k1"]);
  expect(store.read("setup", "encryption-keys")).toMatch(
    new RegExp(`^k2:.+,${first?.replace(/[+/]/g, "\\$&")}$`),
  );
  expect(prepareKeys(store, "retire")).toEqual(["k2"]);
  expect(prepareKeys(store, "add")).toEqual(["k3", "k2"]);
  const all = new Set(
    [...serviceNames, "setup" as const].map((holder) => store.read(holder, "encryption-keys")),
  );
  expect(all.size).toBe(1);
});
