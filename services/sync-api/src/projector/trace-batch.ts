import type { LoggedEvent } from "@millrace/shared/nats/event-log";
import { type TracedCause, withBatchSpan } from "@millrace/shared/telemetry/with-batch-span";
import { labelsOfFact } from "@millrace/shared/telemetry/work-labels";

/** Projects a batch as a span, which is a part of no trace of its events and has a link to each. */
export function traceBatch<T>(batch: readonly LoggedEvent[], project: () => Promise<T>): Promise<T> {
  const causes = batch.flatMap(({ event, cause }): TracedCause[] => {
    if (cause === undefined) return [];
    const { tenantId, accountId, fact } = event;
    return [{ cause, labels: { "tenant.id": tenantId, "account.id": accountId, ...labelsOfFact(fact) } }];
  });
  return withBatchSpan("process evt.{tenant}.{account}", batch.length, causes, project);
}
