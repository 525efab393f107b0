import type { EndpointRef } from "@millrace/shared/events/subjects";
import type { TurnEffect } from "@millrace/shared/runtime/outcome";
import { type ReconcilerPorts, unlessItFails } from "./reconciler-ports.ts";

const overdueSeconds = 60;
const turnsPerRun = 500;
/** Its turn is put back this often at most. */
const againEveryMs = 60_000;

/** Endpoints that are due something for a while, that nobody sends to, and that are not left alone. */
const overdueSql = `
  select tenant_id as "tenantId", id as "endpointId" from webhook_endpoints e
  where enabled and (turn_until is null or turn_until < now())
    and (open_until is null or open_until < now() - make_interval(secs => $1))
    and exists (
      select from webhook_deliveries d
      where d.tenant_id = e.tenant_id and d.endpoint_id = e.id and d.state = 'pending'
        and d.due_at < now() - make_interval(secs => $1)
    )
  limit $2`;

/** What this task reaches the world through. */
export interface TurnPorts extends Pick<ReconcilerPorts, "pool" | "log" | "nowMs"> {
  readonly giveTurn: (turn: TurnEffect) => Promise<void>;
}

/** Gives endpoints the turns that a lost queue has lost. Those that wait in a queue that is not lost are given one too many. */
export async function requeueTurns(ports: TurnPorts): Promise<number> {
  const { rows } = await ports.pool.ofAll().query<EndpointRef>(overdueSql, [overdueSeconds, turnsPerRun]);
  let requeued = 0;
  for (const { tenantId, endpointId } of rows) {
    const done = await unlessItFails(ports, { "endpoint.id": endpointId }, async () => {
      const dedupeId = `${endpointId}.again.${Math.floor(ports.nowMs() / againEveryMs)}`;
      await ports.giveTurn({ kind: "turn", ref: { tenantId, endpointId }, dedupeId, dueAtMs: null });
      return true;
    });
    if (done === true) requeued++;
  }
  if (requeued > 0) ports.log.warn({ event: "reconciler.turns", requeued }, "webhook turns were put back");
  return requeued;
}
