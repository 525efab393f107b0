import { randomBytes } from "node:crypto";
import { serviceNames } from "@millrace/shared/nats/service-rights";
import type { SecretStore } from "./secret-store.ts";

/** What becomes of the encryption keys: they stay, get a new first one, or lose all but the first one. */
export type KeyChange = "keep" | "add" | "retire";

/**
 * Gives each service the encryption keys of credentials, newest first. Nothing is lost by `add`; what `retire` takes away
 * has to be needed no more (`millrace encryption-keys rotate`), and a service that needs it all the same does not start.
 *
 * @returns the names of the keys that are there now
 */
export function prepareKeys(store: SecretStore, change: KeyChange): readonly string[] {
  const known = keysIn(store.read("setup", "encryption-keys") ?? "");
  const keys = changed(known, change);
  const ring = keys.join(",");
  store.write("setup", "encryption-keys", ring);
  for (const name of serviceNames) store.write(name, "encryption-keys", ring);
  return keys.map(nameOf);
}

function changed(known: readonly string[], change: KeyChange): readonly string[] {
  if (known.length === 0 || change === "add") return [makeKey(known), ...known];
  return change === "retire" ? known.slice(0, 1) : known;
}

const keysIn = (ring: string): string[] =>
  ring
    .split(",")
    .map((key) => key.trim())
    .filter((key) => key !== "");

const nameOf = (key: string): string => key.slice(0, key.indexOf(":"));

/** Names are never used again: whoever holds an old key would take it for the new one. */
function makeKey(known: readonly string[]): string {
  const numbers = known.map((key) => Number(/^k(\d+):/.exec(key)?.[1] ?? 0));
  return `k${Math.max(0, ...numbers) + 1}:${randomBytes(32).toString("base64")}`;
}
