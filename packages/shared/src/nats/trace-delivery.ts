import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { accountIdSchema, syncIdSchema, tenantIdSchema } from "../events/identifiers.ts";
import { subjectTemplate } from "../events/subject-template.ts";
import { parseAccountRef, parseEndpointRef, parseSyncId } from "../events/subjects.ts";
import type { Outcome } from "../runtime/outcome.ts";
import type { Delivery } from "../runtime/step.ts";
import { readContext } from "../telemetry/carry-context.ts";
import { linkToSync, markRequest } from "../telemetry/sync-trace.ts";
import { failAs, type SpanOptions, withSpan } from "../telemetry/with-span.ts";
import { currentLabels, type WorkLabels } from "../telemetry/work-labels.ts";
import { type ConsumerDefinition, eventStream, requestStream } from "./topology.ts";

/** What waited for longer is no part of what it follows from. */
const promptMsMax = 60_000;

/**
 * Processes a delivery as a span. What follows from a request or a fact at once is a part of the trace in which that was
 * published. Work of a queue, what waited, and what is delivered again is a trace of its own, with a link: a sync may last
 * for hours, and is no single trace. Each has a link to its sync's trace, too.
 */
export function traceDelivery(
  { stream, config }: ConsumerDefinition,
  delivery: Delivery,
  process: () => Promise<Outcome>,
): Promise<Outcome> {
  const template = subjectTemplate(delivery.subject);
  const attributes = {
    "messaging.system": "nats",
    "messaging.operation.type": "process",
    "messaging.operation.name": "process",
    "messaging.destination.template": template,
    "messaging.consumer.group.name": config.durable_name,
    "messaging.nats.stream.sequence": delivery.seq,
    "messaging.nats.delivery.count": delivery.deliveryCount,
  };
  const options: SpanOptions = { kind: "consumer", attributes, ...placeOf(stream, delivery) };
  return withSpan(`process ${template}`, options, async (span) => {
    try {
      const outcome = await process();
      span.setAttribute("millrace.outcome", outcome.kind);
      if (outcome.kind === "reject") failAs(span, "rejected");
      return outcome;
    } finally {
      // The step has found out by now which sync it is about.
      const { "sync.id": syncId } = currentLabels();
      linkToSync(span, syncId);
      if (stream === requestStream.name && syncId !== undefined) markRequest(syncId, delivery.storedAtMs);
    }
  });
}

function placeOf(stream: string, delivery: Delivery): Pick<SpanOptions, "parent" | "links"> {
  const cause = readContext(delivery.header);
  if (cause === undefined) return { parent: ROOT_CONTEXT };
  const isPart =
    (stream === eventStream.name || stream === requestStream.name) &&
    delivery.deliveryCount === 1 &&
    Date.now() - delivery.storedAtMs <= promptMsMax;
  return isPart
    ? { parent: trace.setSpanContext(ROOT_CONTEXT, cause) }
    : { parent: ROOT_CONTEXT, links: [cause] };
}

/** What a subject tells of the work. Whoever may publish writes subjects as he likes: what is no id is left out. */
export function labelsOfSubject(subject: string): WorkLabels {
  const ref = parseAccountRef(subject);
  const tenantId = tenantIdSchema.safeParse(ref?.tenantId ?? parseEndpointRef(subject)?.tenantId);
  const accountId = accountIdSchema.safeParse(ref?.accountId);
  const syncId = syncIdSchema.safeParse(parseSyncId(subject));
  return {
    ...(tenantId.success ? { "tenant.id": tenantId.data } : {}),
    ...(accountId.success ? { "account.id": accountId.data } : {}),
    ...(syncId.success ? { "sync.id": syncId.data } : {}),
  };
}
