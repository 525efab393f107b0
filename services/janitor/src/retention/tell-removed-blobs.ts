import { createHash } from "node:crypto";
import type { ListedBlob } from "@millrace/shared/blobs/blob-store";
import { noAccount, noTenant } from "@millrace/shared/events/identifiers";
import { inTransaction } from "@millrace/shared/postgres/in-transaction";
import { noteRemoved } from "./remove-noted.ts";
import type { RetentionPorts } from "./retention-ports.ts";
import type { RetentionScope } from "./retention-scope.ts";

/** What one fact names. */
export const blobsPerFact = 100;

type Blob = Pick<ListedBlob, "sha256" | "sizeBytes">;
type Ports = Pick<RetentionPorts, "pool" | "blobs" | "append">;
type Telling = Pick<RetentionScope, "runId" | "isDryRun" | "count" | "pause" | "mayGoOn" | "reach">;

const noteSql = "update retention_runs set removing = $2 where id = $1";

/**
 * Removes content, and names in a fact what was removed. A store knows no transactions, so the run's row says first what is about
 * to go: after a death in between the next run finds out what is gone, and tells it (`tellLeft`).
 *
 * @param piece so much as a fact names
 * @param putBefore what was put later stays
 */
export async function removeTold(
  ports: Ports,
  piece: readonly Blob[],
  putBefore: Date,
  scope: Telling,
): Promise<void> {
  if (scope.runId !== null)
    await ports.pool.ofAll().query(noteSql, [scope.runId, JSON.stringify(piece.map(nameAndSize))]);
  const removed: Blob[] = [];
  /** Its removal was not answered: it may be gone. */
  let doubtful: Blob | null = null;
  try {
    for (const blob of piece) {
      await scope.pause();
      if (!scope.mayGoOn(removed.length)) break;
      doubtful = blob;
      if (await ports.blobs.delete(blob.sha256, putBefore)) removed.push(blob);
      doubtful = null;
      scope.reach(blob.sha256);
    }
  } finally {
    const left = doubtful === null ? [] : [doubtful];
    await settle(ports, removed, { from: scope.runId, left }, scope);
  }
}

const leftSql = `select id, removing from retention_runs where removing <> '[]' order by id`;

/**
 * Tells of what a run before has removed, or this one before the janitor's death: what it was about to remove and is there no
 * more. What was put again since is there, and is not told of.
 */
export async function tellLeft(ports: Ports, scope: Telling): Promise<void> {
  if (scope.runId === null) return;
  const { rows } = await ports.pool.ofAll().query<{ id: string; removing: readonly Blob[] }>(leftSql);
  for (const { id, removing } of rows) {
    const gone: Blob[] = [];
    for (const blob of removing) if ((await ports.blobs.has(blob.sha256)) === null) gone.push(blob);
    await settle(ports, gone, { from: id, left: [] }, scope);
  }
}

interface Settled {
  /** The run that has noted what it is about to remove; null: nobody writes anything down. */
  readonly from: string | null;
  /** What remains to be found out. */
  readonly left: readonly Blob[];
}

/** The fact first: a death after it has it told again, under the same id. */
async function settle(
  { pool, append }: Ports,
  removed: readonly Blob[],
  { from, left }: Settled,
  scope: Telling,
): Promise<void> {
  const bytes = bytesOf(removed);
  if (from !== null) {
    await tell(append, from, removed, bytes);
    await inTransaction(pool.ofAll(), async (client) => {
      await noteRemoved(client, scope, "blobs", [{ tenantId: null, count: removed.length, bytes }]);
      await client.query(noteSql, [from, JSON.stringify(left.map(nameAndSize))]);
    });
  }
  scope.count("blobs", null, removed.length, bytes);
}

async function tell(
  append: Ports["append"],
  runId: string,
  removed: readonly Blob[],
  bytes: number,
): Promise<void> {
  if (removed.length === 0) return;
  const sha256 = removed.map((blob) => blob.sha256);
  const digest = createHash("sha256").update(sha256.join()).digest("hex").slice(0, 32);
  const ref = { tenantId: noTenant, accountId: noAccount };
  const fact = { type: "blobs.removed", runId, sha256, bytes } as const;
  await append({ kind: "append", ref, eventId: `${runId}.blobs.${digest}`, expectedSeq: null, fact });
}

const nameAndSize = ({ sha256, sizeBytes }: Blob): Blob => ({ sha256, sizeBytes });

export const bytesOf = (blobs: readonly Blob[]): number =>
  blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
