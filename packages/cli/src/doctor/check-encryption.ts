import { compareKeyring } from "@millrace/shared/postgres/confirm-keyring";
import type { OwnerPool } from "@millrace/shared/postgres/create-pool";
import { Keyring, KeyringError } from "@millrace/shared/postgres/keyring";
import { rotateKeys } from "@millrace/shared/postgres/rotate-keys";
import { formatCount } from "../syncs/render-progress.ts";
import type { DoctorEnv } from "./doctor-env.ts";
import { type Finding, fail, ok, skipped, someOf, warn } from "./finding.ts";

const check = "encryption.keys";
const refusals: ReadonlySet<unknown> = new Set(["42501"]);

/** Whether the encryption keys open all that is sealed. Nothing is changed, and nothing that was sealed is shown. */
export async function checkEncryption(
  pool: OwnerPool,
  { MILLRACE_ENCRYPTION_KEYS: keys }: DoctorEnv,
): Promise<Finding> {
  if (!keys)
    return skipped(
      check,
      "Whether the encryption keys open what is stored was not looked at",
      "Set MILLRACE_ENCRYPTION_KEYS (or MILLRACE_ENCRYPTION_KEYS_FILE) as the services have it.",
    );
  try {
    const keyring = Keyring.parse(keys);
    await compareKeyring(pool, keyring);
    const report = await rotateKeys(pool, keyring, { check: true, onProgress: () => undefined });
    const [first] = report.unreadable;
    if (first !== undefined)
      return fail(
        check,
        `does not open: ${someOf(report.unreadable.map(({ table, key }) => `${table} ${key}`))} (${first.reason})`,
        "Put the key that sealed it back, behind the first. Where it is lost, connect those mailboxes again.",
      );
    const all = report.already + report.moved;
    if (report.moved > 0)
      return warn(
        check,
        `${formatCount(report.moved)} of ${formatCount(all)} are sealed with an older key`,
        "`millrace encryption-keys rotate` puts them under the first one.",
      );
    return ok(check, `all that is sealed (${formatCount(all)}) opens, and is under the first key`);
  } catch (error) {
    if (error instanceof KeyringError)
      return fail(check, error.message, "Give MILLRACE_ENCRYPTION_KEYS as the services have it.");
    if (refusals.has((error as { code?: unknown }).code))
      return skipped(
        check,
        "Only the database's owner sees all that is sealed",
        "Give the owner's DATABASE_URL.",
      );
    throw error;
  }
}
