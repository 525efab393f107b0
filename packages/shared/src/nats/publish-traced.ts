import type { JetStreamPublishOptions, PubAck } from "@nats-io/jetstream";
import { headers as createHeaders, type MsgHdrs } from "@nats-io/transport-node";
import type { Attributes } from "@opentelemetry/api";
import { subjectTemplate } from "../events/subject-template.ts";
import { contextHeaders } from "../telemetry/carry-context.ts";
import { linkToSync } from "../telemetry/sync-trace.ts";
import { withSpan } from "../telemetry/with-span.ts";
import { currentLabels, type WorkLabels, withLabels } from "../telemetry/work-labels.ts";
import type { Nats } from "./connect-nats.ts";

/**
 * Publishes as a span, and tells whoever reads the message what it follows from; resolves when the stream has it on disk.
 *
 * @param labels what the message is about
 */
export function publishTraced(
  nats: Pick<Nats, "js">,
  labels: WorkLabels,
  subject: string,
  body: string,
  publishOptions: Partial<Omit<JetStreamPublishOptions, "headers">>,
  headers: Readonly<Record<string, string>> = {},
): Promise<PubAck> {
  const isOther = currentLabels()["sync.id"] !== labels["sync.id"];
  const options = { kind: "producer", attributes: publishAttributes(subject) } as const;
  return withLabels(labels, () =>
    withSpan(publishName(subject), options, (span) => {
      if (isOther) linkToSync(span, labels["sync.id"]);
      return nats.js.publish(subject, body, { ...publishOptions, headers: tracedHeaders(headers) });
    }),
  );
}

export const publishName = (subject: string): string => `publish ${subjectTemplate(subject)}`;

/** https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
export const publishAttributes = (subject: string): Attributes => ({
  "messaging.system": "nats",
  "messaging.operation.type": "send",
  "messaging.operation.name": "publish",
  "messaging.destination.template": subjectTemplate(subject),
});

/** The headers of a message, with the context of the span that is active. */
export function tracedHeaders(own: Readonly<Record<string, string>>): MsgHdrs {
  const headers = createHeaders();
  for (const [name, value] of Object.entries({ ...own, ...contextHeaders() })) headers.set(name, value);
  return headers;
}
