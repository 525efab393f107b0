import { chmodSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../process/cache-folder.ts";
import { type DebianProgram, unpackDebianProgram } from "./unpack-debian-program.ts";

/**
 * Finds a program that tests need: in Millrace's cache, or out of the distribution's package, and then it is kept there.
 *
 * @returns null where it cannot be had; `say` hears why
 */
export async function resolveDebianProgram(
  wanted: DebianProgram,
  say: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | null> {
  const { packageName, program } = wanted;
  const folder = join(cacheFolder(env), packageName, `${process.platform}-${process.arch}`);
  const file = join(folder, program);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const fetched = `${file}.${process.pid}`;
  try {
    await unpackDebianProgram(wanted, fetched);
    chmodSync(fetched, 0o755);
    renameSync(fetched, file); // whole, or not at all
    return file;
  } catch (error) {
    say(
      `${program} is not here, and cannot be had: ${error instanceof Error ? error.message : String(error)}`,
    );
    return null;
  }
}
