import { type Installation, installationSql } from "@millrace/shared/blobs/installation";
import { ForeignBlobStoreError, MissingBlobStoreError } from "@millrace/shared/blobs/store-mark-errors";
import { createOwnerPool } from "@millrace/shared/postgres/create-pool";
import { createLogger } from "@millrace/shared/runtime/create-logger";
import { type Finding, fail, ok, skipped } from "./finding.ts";

const check = "blobs.owner";
const silent = createLogger("doctor", "silent");

/**
 * What the database knows of a store, beside the mark of the one that is there. A database that is away is told of elsewhere.
 *
 * @param place the folder, or the bucket and the prefix
 * @param owner reads the store's mark; null: it has none
 */
export async function checkStoreOwner(
  place: string,
  owner: () => Promise<string | null>,
  databaseUrl: string | undefined,
): Promise<Finding[]> {
  if (!databaseUrl)
    return [
      skipped(
        check,
        "Whether the store of attachments is the database's was not looked at",
        "Set DATABASE_URL.",
      ),
    ];
  const known = await readInstallation(databaseUrl);
  return known === null ? [] : [judgeOwner(place, await owner(), known)];
}

async function readInstallation(databaseUrl: string): Promise<Installation | null> {
  const pool = createOwnerPool(databaseUrl, "doctor", 1, silent);
  try {
    const { rows } = await pool.query<Installation>(installationSql);
    return rows[0] ?? null;
  } catch {
    return null;
  } finally {
    await pool.end();
  }
}

/** @param owner the store's mark; null: it has none */
export function judgeOwner(place: string, owner: string | null, { id, isClaimed }: Installation): Finding {
  if (owner === id) return ok(check, `${place} is the store of attachments that the database uses`);
  if (owner !== null) {
    const { message } = new ForeignBlobStoreError(`belongs to installation ${owner}`, id);
    return fail(check, `${place} belongs to another installation`, message);
  }
  if (!isClaimed) return ok(check, `no attachment was kept yet; ${place} will be their store`);
  const { message } = new MissingBlobStoreError(place, id);
  return fail(check, `${place} is not the store of attachments that the database uses`, message);
}
