import type { EndpointRef } from "@millrace/shared/events/subjects";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { DeliverySoFar, DeliveryVerdict } from "./decide-delivery.ts";
import type { EndpointHealth, HealthVerdict } from "./decide-health.ts";
import type { WebhookAnswer } from "./webhook-answer.ts";

/** What turns of endpoints read and write in Postgres. All times are the database's. */

const msSince = (column: string): string => `(extract(epoch from now() - ${column}) * 1000)::float8`;

/** An endpoint that is due something, and that nobody else sends to. */
export interface ClaimedEndpoint extends EndpointHealth {
  readonly url: string;
  readonly sealedSecret: string;
  readonly sealedPreviousSecret: string | null;
}

const claimSql = `
  update webhook_endpoints e set turn_id = $3, turn_until = now() + make_interval(secs => $4)
  where tenant_id = $1 and id = $2 and enabled and (turn_until is null or turn_until <= now())
    and (open_until is null or open_until <= now())
    and exists (
      select from webhook_deliveries d
      where d.tenant_id = e.tenant_id and d.endpoint_id = e.id and d.state = 'pending' and d.due_at <= now()
    )
  returning url, sealed_secret as "sealedSecret",
    case when previous_secret_until > now() then sealed_previous_secret end as "sealedPreviousSecret",
    failures, ${msSince("failing_since")} as "failingForMs", ${msSince("failed_at")} as "failedAgoMs"`;

/**
 * Claims an endpoint for a turn, for so long at most.
 *
 * @returns null when there is nothing to do for it: nothing is due, it is left alone, disabled, gone, or somebody else's
 */
export async function claimEndpoint(
  pool: Pool,
  { tenantId, endpointId }: EndpointRef,
  turnId: string,
  seconds: number,
): Promise<ClaimedEndpoint | null> {
  const { rows } = await pool.of(tenantId).query<ClaimedEndpoint>({
    name: "claim-webhook-endpoint",
    text: claimSql,
    values: [tenantId, endpointId, turnId, seconds],
  });
  return rows[0] ?? null;
}

export async function releaseEndpoint(pool: Pool, { tenantId, endpointId }: EndpointRef, turnId: string) {
  await pool.of(tenantId).query({
    name: "release-webhook-endpoint",
    text: `update webhook_endpoints set turn_id = null, turn_until = null
      where tenant_id = $1 and id = $2 and turn_id = $3`,
    values: [tenantId, endpointId, turnId],
  });
}

/** A message that is due. */
export interface DueDelivery extends DeliverySoFar {
  readonly id: string;
  readonly body: string;
}

const dueSql = `
  select id, body, attempts, ${msSince("queued_at")} as "ageMs" from webhook_deliveries
  where tenant_id = $1 and endpoint_id = $2 and state = 'pending' and due_at <= now()
  order by due_at
  limit $3`;

/** @returns those that have been due for longest */
export async function readDue(
  pool: Pool,
  { tenantId, endpointId }: EndpointRef,
  max: number,
): Promise<DueDelivery[]> {
  const values = [tenantId, endpointId, max];
  return (await pool.of(tenantId).query<DueDelivery>({ name: "read-due-webhooks", text: dueSql, values }))
    .rows;
}

export interface Attempted {
  readonly id: string;
  readonly answer: WebhookAnswer;
  readonly verdict: DeliveryVerdict;
}

/**
 * The messages, what is skipped because the endpoint is disabled, and the endpoint, in one statement. An attempt counts
 * although the claim was lost meanwhile; of the endpoint only its claimant says how it fares.
 */
const recordSql = `
  with attempted as (
    update webhook_deliveries d set state = r.state, attempts = d.attempts + 1, attempted_at = now(),
      due_at = now() + make_interval(secs => r.delay_ms / 1000), last_status = r.status, last_error = r.error,
      delivered_at = case when r.state = 'delivered' then now() end
    from unnest($4::text[], $5::text[], $6::float8[], $7::integer[], $8::text[])
      as r (id, state, delay_ms, status, error)
    where d.tenant_id = $1 and d.endpoint_id = $2 and d.id = r.id and d.state = 'pending'
  ),
  skipped as (
    update webhook_deliveries set state = 'skipped', due_at = null
    where $12::text is not null and tenant_id = $1 and endpoint_id = $2 and state = 'pending' and id <> all($4)
  )
  update webhook_endpoints set failures = $9, failed_at = case when $10::text <> 'not' then now() end,
    failing_since = case $10::text when 'on' then failing_since when 'anew' then now() end,
    open_until = now() + make_interval(secs => $11::float8 / 1000), enabled = enabled and $12::text is null,
    disabled_reason = case when enabled then $12::text else disabled_reason end,
    disabled_at = case when enabled and $12::text is not null then now() else disabled_at end,
    turn_until = now() + make_interval(secs => $13)
  where tenant_id = $1 and id = $2 and turn_id = $3`;

/** @returns false when the claim was lost meanwhile */
export async function recordRound(
  pool: Pool,
  { tenantId, endpointId }: EndpointRef,
  turnId: string,
  attempted: readonly Attempted[],
  { failures, failing, leaveAloneMs, disable }: HealthVerdict,
  seconds: number,
): Promise<boolean> {
  const { rowCount } = await pool.of(tenantId).query({
    name: "record-webhook-round",
    text: recordSql,
    values: [
      tenantId,
      endpointId,
      turnId,
      attempted.map(({ id }) => id),
      attempted.map(({ verdict: { state } }) =>
        state === "pending" && disable !== null ? "skipped" : state,
      ),
      attempted.map(({ verdict: { delayMs } }) => (disable === null ? delayMs : null)),
      attempted.map(({ answer }) => answer.status),
      attempted.map(({ answer }) => (answer.kind === "failed" ? answer.error : null)),
      failures,
      failing,
      leaveAloneMs,
      disable,
      seconds,
    ],
  });
  return rowCount === 1;
}

const skipSql = `
  update webhook_deliveries set state = 'skipped', due_at = null
  where tenant_id = $1 and endpoint_id = $2 and state = 'pending'
    and exists (select from webhook_endpoints where tenant_id = $1 and id = $2 and not enabled)`;

/** What came in the moment in which its endpoint was disabled waits for nothing. */
export async function skipOfDisabled(pool: Pool, { tenantId, endpointId }: EndpointRef): Promise<void> {
  await pool.of(tenantId).query({ name: "skip-webhooks", text: skipSql, values: [tenantId, endpointId] });
}

const nextSql = `
  select (extract(epoch from greatest(
    (select min(due_at) from webhook_deliveries where tenant_id = $1 and endpoint_id = $2 and state = 'pending'),
    open_until, turn_until
  ) - now()) * 1000)::float8 as "dueInMs"
  from webhook_endpoints e
  where tenant_id = $1 and id = $2 and enabled
    and exists (select from webhook_deliveries where tenant_id = $1 and endpoint_id = $2 and state = 'pending')`;

/**
 * When the endpoint needs its next turn, in milliseconds from now, negative when it is overdue; null: it is due nothing.
 * While somebody else sends to it, that is when their claim would end: they look again when they are done, unless they die.
 */
export async function nextTurnMs(pool: Pool, { tenantId, endpointId }: EndpointRef): Promise<number | null> {
  const values = [tenantId, endpointId];
  const { rows } = await pool.of(tenantId).query<{ dueInMs: number }>({
    name: "next-webhook-turn",
    text: nextSql,
    values,
  });
  return rows[0]?.dueInMs ?? null;
}
