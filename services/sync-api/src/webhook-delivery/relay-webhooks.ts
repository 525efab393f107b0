import type { EventOf } from "@millrace/shared/events/facts";
import { derivedId } from "@millrace/shared/events/identifiers";
import { decodeEvent, UnreadableEventError, versionOf } from "@millrace/shared/nats/event-codec";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { done, ignore, reject } from "@millrace/shared/runtime/outcome";
import type { Delivery, Parsed, Step } from "@millrace/shared/runtime/step";
import { labelsOfFact } from "@millrace/shared/telemetry/work-labels";
import { isTold, type WebhookMessage, webhookMessagesOf } from "./webhook-messages-of.ts";
import type { WebhookPolicy } from "./webhook-policy.ts";

interface Told {
  readonly event: EventOf;
  readonly messages: readonly WebhookMessage[];
}

/** A message that an endpoint is to get. */
interface Queued {
  readonly messageId: string;
  readonly endpointId: string;
  readonly isEnabled: boolean;
}

/**
 * Consumes every fact; writes down which of its tenant's endpoints are to be told what, and emits a turn for each of them.
 * What an endpoint misses while it is disabled is written down as well, to be sent when somebody asks for it. A redelivery
 * finds its messages there, because their ids follow from the fact and the endpoint.
 */
export function createRelayWebhooks(
  pool: Pool,
  { giveUpMs }: WebhookPolicy,
): Step<Told, readonly Queued[], void> {
  return {
    name: "relay-webhooks",
    about: ({ event }) => labelsOfFact(event.fact),
    parse,
    perform: ({ event, messages }) => queue(pool, event, messages, giveUpMs),
    gather: async () => {},
    decide: ({ event: { tenantId } }, queued, _gathered, { nowMs }) => {
      const turns = queued
        .filter(({ isEnabled }) => isEnabled)
        .map(({ endpointId, messageId }) => ({
          kind: "turn" as const,
          ref: { tenantId, endpointId },
          // A fact that is read again may have lost its row, and needs another turn then.
          dedupeId: `${messageId}.${nowMs}`,
          dueAtMs: null,
        }));
      return turns.length === 0 ? ignore("nobody is to be told") : done(...turns);
    },
  };
}

function parse({ subject, header, body }: Delivery): Parsed<Told> {
  try {
    versionOf(subject, header); // also of a type that a newer version may have something to tell of
    if (!isTold(header("ce-type"))) return { ok: false, outcome: ignore("not told of") };
    const event = decodeEvent(subject, header, body);
    const messages = webhookMessagesOf(event);
    if (messages.length === 0) return { ok: false, outcome: ignore("nothing to tell") };
    return { ok: true, input: { event, messages } };
  } catch (error) {
    if (!(error instanceof UnreadableEventError)) throw error;
    return { ok: false, outcome: reject(String(error)) };
  }
}

/**
 * Clocks of services differ; what happened well before an endpoint was there is not its business. Nor is what happened so
 * long ago that it would have been given up: a log that is read anew, by whatever mishap, reaches further back than rows do.
 */
const interestedSql = `
  select id, enabled, events from webhook_endpoints
  where tenant_id = $1 and events && $2::text[] and created_at <= $3::timestamptz + interval '1 minute'
    and $3::timestamptz > now() - make_interval(secs => $4)`;

const queueSql = `
  insert into webhook_deliveries (id, tenant_id, account_id, endpoint_id, type, body, state, due_at)
  select m.id, $1, $7, m.endpoint_id, m.type, m.body, m.state, case when m.state = 'pending' then now() end
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) as m (id, endpoint_id, type, body, state)
  join webhook_endpoints e on e.tenant_id = $1 and e.id = m.endpoint_id
  on conflict (id) do nothing`;

async function queue(
  pool: Pool,
  { tenantId, accountId, time }: EventOf,
  messages: readonly WebhookMessage[],
  newsMs: number,
): Promise<Queued[]> {
  const { rows: endpoints } = await pool
    .of(tenantId)
    .query<{ id: string; enabled: boolean; events: string[] }>({
      name: "interested-webhook-endpoints",
      text: interestedSql,
      values: [tenantId, messages.map(({ payload }) => payload.type), time, newsMs / 1_000],
    });
  const queued = endpoints.flatMap(({ id: endpointId, enabled, events }) =>
    messages
      .filter(({ payload }) => events.includes(payload.type))
      .map(({ key, payload }) => ({
        messageId: derivedId("whm", endpointId, payload.type, key),
        endpointId,
        isEnabled: enabled,
        payload,
      })),
  );
  if (queued.length === 0) return [];
  await pool.of(tenantId).query({
    name: "queue-webhooks",
    text: queueSql,
    values: [
      tenantId,
      queued.map(({ messageId }) => messageId),
      queued.map(({ endpointId }) => endpointId),
      queued.map(({ payload }) => payload.type),
      queued.map(({ payload }) => JSON.stringify(payload)),
      queued.map(({ isEnabled }) => (isEnabled ? "pending" : "skipped")),
      accountId,
    ],
  });
  return queued;
}
