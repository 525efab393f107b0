import { noHistory } from "@millrace/shared/events/attempt";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { type ReconcilerPorts, unlessItFails } from "./reconciler-ports.ts";

const againAfterSeconds = 60;
const verificationsPerRun = 500;

const runningSql = `
  select id, tenant_id as "tenantId", account_id as "accountId", repair,
    trigger = 'schedule' as "isScheduled"
  from verifications
  where status = 'running' and sync_id is null and requested_at <= now() - make_interval(secs => $1)
  order by requested_at
  limit $2`;

interface Running extends AccountRef {
  readonly id: string;
  readonly repair: boolean;
  readonly isScheduled: boolean;
}

/** Puts verifications back that are neither queued nor claimed, as after a lost work queue. They go on where they were. */
export async function requeueVerifications(
  ports: Pick<ReconcilerPorts, "pool" | "queue" | "enqueue" | "log" | "nowMs">,
): Promise<number> {
  const { rows } = await ports.pool
    .ofAll()
    .query<Running>(runningSql, [againAfterSeconds, verificationsPerRun]);
  let requeued = 0;
  for (const { id, tenantId, accountId, repair, isScheduled } of rows) {
    const ref = { tenantId, accountId };
    const done = await unlessItFails(ports, { "verification.id": id }, async () => {
      if ((await ports.queue.keysOf(ref, id)).size > 0) return false;
      await ports.enqueue({
        kind: "enqueue",
        ref,
        lane: "list",
        item: { kind: "verify", syncId: id, repair, isScheduled, history: noHistory },
        dedupeId: `${id}.verify.again.${ports.nowMs()}`,
        dueAtMs: null,
      });
      return true;
    });
    if (done === true) requeued++;
  }
  if (requeued > 0)
    ports.log.warn({ event: "reconciler.verifications", requeued }, "verifications were put back");
  return requeued;
}
