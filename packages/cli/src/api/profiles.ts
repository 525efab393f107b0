import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { CommandError } from "../program/exit-codes.ts";
import type { Env } from "../program/surroundings.ts";

const profileSchema = z.object({ url: z.string(), key: z.string() });
const fileSchema = z.object({ profiles: z.record(z.string(), profileSchema) });

/** A Millrace that `millrace login` has saved. */
export type Profile = z.infer<typeof profileSchema>;

export const defaultProfile = "default";

/** Where profiles are kept, as the XDG specification has it. */
export const profilesFile = ({ XDG_CONFIG_HOME, HOME }: Env): string =>
  join(XDG_CONFIG_HOME || join(HOME || homedir(), ".config"), "millrace", "config.json");

/**
 * Those that are saved, by name; none where there is no file.
 *
 * @throws CommandError when the file cannot be read, or is not one of ours
 */
export function readProfiles(file: string): Readonly<Record<string, Profile>> {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file, "utf8"))).profiles;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return {};
    throw new CommandError(
      `${file} cannot be used (${code ?? "it is not what `millrace login` writes"}). Mend it, or remove it and log in again.`,
    );
  }
}

/** Saves one, for its owner's eyes only; a file that is half written is never seen. */
export function saveProfile(file: string, name: string, profile: Profile): void {
  const profiles = { ...readProfiles(file), [name]: profile };
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, `${JSON.stringify({ profiles }, null, 2)}\n`, { mode: 0o600 });
  renameSync(part, file);
}
