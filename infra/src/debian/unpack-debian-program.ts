import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unpackDebianPackage } from "./unpack-debian-package.ts";

/** A program of a package of the distribution's. */
export interface DebianProgram {
  readonly packageName: string;
  readonly program: string;
  /** Of Debian's testing suite, which is newer; false: of the machine's own release. */
  readonly isFromTesting: boolean;
}

/**
 * Takes one program out of a package.
 *
 * @param destination where the program is put (its folder exists).
 * @throws Error that says why it cannot be had.
 */
export async function unpackDebianProgram(
  { packageName, program, isFromTesting }: DebianProgram,
  destination: string,
  etc = "/etc",
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-program-"));
  try {
    await unpackDebianPackage(packageName, folder, { etc, isFromTesting });
    const file = [`usr/sbin/${program}`, `usr/bin/${program}`]
      .map((name) => join(folder, name))
      .find((candidate) => existsSync(candidate));
    if (!file) throw new Error(`Debian's package ${packageName} has no program ${program}.`);
    copyFileSync(file, destination);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
