import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { StartOptions } from "./start-options.ts";

export interface DemoMailbox {
  readonly email: string;
  /** What the simulator is told about it. */
  readonly simulatorArgs: readonly string[];
}

const domain = "millrace.test";

/**
 * The demo's mailbox. Its address stands for its source, so that a second start finds the account of the first,
 * and another file or another kind of content becomes another account.
 */
export function demoMailbox(options: StartOptions): DemoMailbox | null {
  const { demo, content } = options;
  if (!demo) return null;
  const name = demo.kind === "generate" ? "demo" : `${addressName(demo.path)}-${pathMark(demo.path)}`;
  const email = `${name}${content === "full" ? "" : `-${content}`}@${domain}`;
  const source =
    demo.kind === "generate"
      ? ["--generate", `${email}=${demo.messages}`]
      : [`--${demo.kind}`, `${email}=${demo.path}`];
  return { email, simulatorArgs: [...source, ...(options.seed === null ? [] : ["--seed", options.seed])] };
}

/** Tells files of the same name in different folders apart. */
const pathMark = (path: string): string => createHash("sha256").update(path).digest("hex").slice(0, 6);

/** A file's name as the local part of an address: "All mail Including Spam.mbox" becomes all-mail-including-spam. */
export function addressName(path: string): string {
  const name = basename(path)
    .replace(/\.(mbox|mbx|maildir)$/i, "")
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .toLowerCase()
    .slice(0, 48);
  return name || "mailbox";
}
