import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unpackDebianPackage } from "../debian/unpack-debian-package.ts";

/**
 * Takes nats-server out of Debian's package.
 *
 * @param destination where the program is put (its folder exists).
 * @throws Error that says why it cannot be had.
 */
export async function unpackNatsServer(destination: string, etc?: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-nats-"));
  try {
    await unpackDebianPackage("nats-server", folder, etc);
    const program = ["usr/sbin/nats-server", "usr/bin/nats-server"]
      .map((name) => join(folder, name))
      .find((file) => existsSync(file));
    if (!program) throw new Error("Debian's package nats-server has no nats-server program.");
    copyFileSync(program, destination);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
