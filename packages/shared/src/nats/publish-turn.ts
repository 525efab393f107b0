import { laterTurnSubject, turnSubject } from "../events/subjects.ts";
import type { TurnEffect } from "../runtime/outcome.ts";
import type { Nats } from "./connect-nats.ts";
import { publishTraced } from "./publish-traced.ts";
import { hookStream } from "./topology.ts";

/**
 * Gives a webhook endpoint a turn; resolves when the queue has it on disk. One that is not due yet is a scheduled message,
 * and replaces none that is due at another time: whoever asks for a later turn may not know of what needs an earlier one.
 */
export async function publishTurn(nats: Nats, { ref, dedupeId, dueAtMs }: TurnEffect): Promise<void> {
  const target = turnSubject(ref);
  const laterMs = dueAtMs !== null && dueAtMs > Date.now() ? dueAtMs : null;
  const subject = laterMs === null ? target : laterTurnSubject(ref, laterMs);
  await publishTraced(nats, { "tenant.id": ref.tenantId }, subject, "{}", {
    msgID: dedupeId,
    expect: { streamName: hookStream.name },
    ...(laterMs === null ? {} : { schedule: { specification: new Date(laterMs), target } }),
  });
}
