import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Whose secrets a folder holds; each is a volume of its own, which nobody else mounts. */
export type Holder = "setup" | "owner" | "nats" | "sync-api" | "chunker" | "fetcher" | "janitor" | "demo";

/** The folder below which each holder has one. */
export interface SecretStore {
  readonly pathOf: (holder: Holder, name: string) => string;
  /** null: there is none. */
  readonly read: (holder: Holder, name: string) => string | null;
  /** Nobody but the owner may read it; whoever reads meanwhile gets the old one or the new one. */
  readonly write: (holder: Holder, name: string, content: string) => void;
  readonly remove: (holder: Holder, name: string) => void;
}

export function secretStoreIn(root: string): SecretStore {
  const pathOf = (holder: Holder, name: string): string => join(root, holder, name);
  return {
    pathOf,
    read: (holder, name) => {
      const file = pathOf(holder, name);
      return existsSync(file) ? readFileSync(file, "utf8") : null;
    },
    write: (holder, name, content) => {
      const file = pathOf(holder, name);
      rmSync(`${file}.next`, { force: true });
      writeFileSync(`${file}.next`, content, { mode: 0o600, flag: "wx" });
      renameSync(`${file}.next`, file);
    },
    remove: (holder, name) => rmSync(pathOf(holder, name), { force: true }),
  };
}
