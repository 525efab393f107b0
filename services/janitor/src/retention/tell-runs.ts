import { noAccount, noTenant } from "@millrace/shared/events/identifiers";
import type { RetentionPorts } from "./retention-ports.ts";
import { type Removed, sumOf } from "./retention-scope.ts";
import { type EndedRun, noteTold, readRemoved, readUntold } from "./run-store.ts";

/**
 * Of each tenant that an ended run has removed something of, its audit trail says what; of what is nobody's, that of the
 * installation. It tells what the run's record has, which stands by then and does not change: a run that is told of again, because
 * its janitor died, is told the same, under the same id.
 *
 * @throws what the log throws while it is away; the next look tells it
 */
export async function tellRuns({ pool, append }: Pick<RetentionPorts, "pool" | "append">): Promise<void> {
  for (const run of await readUntold(pool)) {
    for (const [tenantId, removed] of byTrail(await readRemoved(pool, run))) {
      const ref = { tenantId, accountId: noAccount };
      const fact = factOf(run, removed);
      await append({ kind: "append", ref, eventId: `${run.id}.${tenantId}`, expectedSeq: null, fact });
    }
    await noteTold(pool, run);
  }
}

function factOf({ id, task, isAsked, tenantId, startedAt, endedAt }: EndedRun, { counts, bytes }: Removed) {
  const asker: "operator" | "tenant" = tenantId === null ? "operator" : "tenant"; // nobody else asks for everybody
  return {
    type: "retention.ran",
    runId: id,
    task,
    removed: counts,
    bytes,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    ...(isAsked && { askedBy: asker }),
  } as const;
}

/** What is nobody's is of the installation, which also has facts of its own that go. */
function byTrail(removed: ReadonlyMap<string | null, Removed>): ReadonlyMap<string, Removed> {
  const told = new Map<string, Removed>();
  for (const [tenantId, part] of removed) {
    const whose = tenantId ?? noTenant;
    told.set(whose, sumOf([part, told.get(whose) ?? { counts: {}, bytes: 0 }]));
  }
  return told;
}
