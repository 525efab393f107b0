import type { AccountRef } from "@millrace/shared/events/subjects";
import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import type { ProviderResult, PushProvider, PushSession } from "@millrace/shared/providers/mail-provider";
import type { Removal } from "./claim-removals.ts";
import {
  decideFarewell,
  type Farewell,
  type FarewellDecision,
  type FarewellOutcome,
} from "./decide-farewell.ts";
import type { RemovalPorts } from "./removal-ports.ts";

/**
 * Watch and consent belong to the mailbox and to our client at the provider, not to an account: whoever takes them away
 * takes them from every account of the same mailbox, of other tenants as well. Only one counts whose credentials were seen
 * to open that mailbox: else anybody who names an address could keep its owner's consent alive.
 */
const sharedSql = `
  select exists (
    select from mailboxes mine join mailboxes other
      on other.provider = mine.provider and mailbox_key(other.email) = mailbox_key(mine.email) and other.id <> mine.id
    where mine.tenant_id = $1 and mine.id = $2 and other.removing_at is null and exists (
      select from access_tokens t where t.account_id = other.id and t.own_grant is not null
    )
  ) as "isShared"`;

async function isShared(pool: SweepingPool, { tenantId, accountId }: AccountRef): Promise<boolean> {
  const { rows } = await pool.ofAll().query<{ isShared: boolean }>(sharedSql, [tenantId, accountId]);
  return rows[0]?.isShared === true;
}

type Ports = Pick<RemovalPorts, "pool" | "provider" | "loadLeaving" | "nowMs" | "random">;

/** Step "watch": the provider tells us of no more changes of the mailbox. */
export function stopWatch(ports: Ports, removal: Removal, signal: AbortSignal): Promise<FarewellDecision> {
  const farewell = { step: "watch", done: "stopped" } as const;
  if (!removal.hasWatch) return over("none");
  return say(ports, removal, farewell, (session) => session.stopWatch(signal));
}

/** Step "grant": nobody can open the mailbox any more with what its owner gave us. */
export function revokeGrant(ports: Ports, removal: Removal, signal: AbortSignal): Promise<FarewellDecision> {
  const farewell = { step: "grant", done: "revoked" } as const;
  return say(ports, removal, farewell, (session) => session.revokeGrant(signal));
}

async function say(
  ports: Ports,
  { ref, attempts }: Removal,
  farewell: Farewell,
  ask: (session: PushSession) => Promise<ProviderResult<null>>,
): Promise<FarewellDecision> {
  if (await isShared(ports.pool, ref)) return over("shared");
  const { provider } = ports;
  if (provider === null) return over("failed");
  const account = await ports.loadLeaving(ref);
  if (account === null) return over("none");
  const result = await ask(connect(provider, account));
  return decideFarewell(farewell, result, attempts, { nowMs: ports.nowMs(), random: ports.random() });
}

const connect = (provider: PushProvider, account: Parameters<PushProvider["connect"]>[0]): PushSession =>
  provider.connect({ ...account, lane: "live" });

const over = async (outcome: FarewellOutcome): Promise<FarewellDecision> => ({ kind: "over", outcome });
