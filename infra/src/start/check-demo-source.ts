import { closeSync, openSync, readSync, statSync } from "node:fs";
import { type DemoSource, UsageError } from "./start-options.ts";

const mboxHeadBytes = 64 * 1024;

/** @throws UsageError when the person's own mail is not where the command line says, or is no mail. */
export function checkDemoSource(demo: DemoSource | null): void {
  if (!demo || demo.kind === "generate") return;
  const found = statSync(demo.path, { throwIfNoEntry: false });
  const fits = demo.kind === "mbox" ? found?.isFile() : found?.isDirectory();
  if (!fits) {
    const expected = demo.kind === "mbox" ? "a file" : "a folder";
    throw new UsageError(
      `--${demo.kind} takes ${expected}, and ${demo.path} ${found ? "is none" : "does not exist"}.`,
    );
  }
  if (demo.kind === "mbox") checkMbox(demo.path);
}

/** A file in whose first part no message begins is something else than mail. */
function checkMbox(path: string): void {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(mboxHeadBytes);
    const text = head.subarray(0, readSync(file, head)).toString("latin1");
    if (/^From /m.test(text)) return;
  } finally {
    closeSync(file);
  }
  throw new UsageError(
    `--mbox: no message begins in ${path}. In an mbox file each begins with a line "From …".`,
  );
}
