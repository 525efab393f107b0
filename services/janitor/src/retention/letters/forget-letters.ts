import { createHash } from "node:crypto";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { PoolClient } from "@millrace/shared/postgres/create-pool";
import type { AppendEffect } from "@millrace/shared/runtime/outcome";
import { noteRemoved } from "../remove-noted.ts";
import type { RetentionPorts } from "../retention-ports.ts";
import type { RetentionScope } from "../retention-scope.ts";
import { whileUnheld } from "../while-unheld.ts";
import { type Some, together } from "./together.ts";

/** What one look gives, and the projection is waited for. */
const lettersMax = 5_000;
/** What one fact names. */
const lettersPerFact = 500;

/** What was settled before this has had its time, of the tenant `t`. $1 now, $2 days where the tenant says nothing. */
const keptUntil = `
  $1::timestamptz - make_interval(days => coalesce((t.retention ->> 'deadLettersDays')::integer, $2::integer))`;

/**
 * Letters that were settled long enough ago, of syncs that have ended and are not being forgotten themselves; none of accounts
 * that are held, or leave. $3 one tenant or null, $4 rows, $5 and $6 after which letter.
 */
const dueSql = `
  select l.id, l.tenant_id as "tenantId", l.account_id as "accountId", l.sync_id as "syncId", l.ordinal,
    l.provider_id as "messageId"
  from dead_letters l
  join accounts a on a.id = l.account_id and a.held_at is null and a.removing_at is null
  join tenants t on t.id = l.tenant_id
  join syncs s on s.id = l.sync_id and s.ended_at is not null
  where l.state in ('resolved', 'discarded')
    and l.updated_at < ${keptUntil}
    and ($3::text is null or l.tenant_id = $3)
    and not exists (select from sync_removals r where r.sync_id = l.sync_id)
    and ($5::text is null or (l.sync_id, l.ordinal) > ($5::text, $6::integer))
  order by l.sync_id, l.ordinal
  limit $4`;

/** Whether some of them are to be kept, by the tenant's period as it is now. $3 the tenant, $4 ids. */
const keptSql = `
  select from dead_letters l join tenants t on t.id = l.tenant_id
  where l.tenant_id = $3 and l.id = any($4) and l.updated_at >= ${keptUntil}
  limit 1`;

interface Due extends AccountRef {
  readonly id: string;
  readonly syncId: string;
  readonly ordinal: number;
  readonly messageId: string;
}

type Ports = Pick<RetentionPorts, "pool" | "append">;

/**
 * Says of dead letters that were settled long ago that they are kept no more; the projection removes their rows when it hears
 * of it. They are a view, so without the fact a rebuild would bring them back. The facts that opened and settled them stay with
 * their sync, and the ledger with them.
 *
 * @returns the last that it has told of, or would; null when there was none
 */
export async function forgetLetters(
  ports: Ports,
  days: number,
  scope: RetentionScope,
): Promise<string | null> {
  let told: string | null = null;
  let after: Due | undefined;
  for (;;) {
    const last = [after?.syncId ?? null, after?.ordinal ?? null];
    const values = [scope.now, days, scope.tenantId, lettersMax, ...last];
    const { rows } = await ports.pool.ofAll().query<Due>(dueSql, values);
    for (const letters of together(rows, isSameSync, lettersPerFact)) {
      await scope.pause();
      if (!scope.mayGoOn()) return told;
      const effect = forgettingOf(letters);
      const forget = async (client: PoolClient) => {
        const { tenantId } = effect.ref;
        const ids = letters.map(({ id }) => id);
        const kept = await client.query(keptSql, [scope.now, days, tenantId, ids]);
        if (kept.rowCount !== 0) return null;
        await ports.append(effect);
        const part = { tenantId, count: letters.length };
        await noteRemoved(client, scope, "letters", [part]);
        return true;
      };
      const isKept = !scope.isDryRun && (await whileUnheld(ports.pool, effect.ref, forget)) === null;
      if (isKept) continue;
      scope.count("letters", letters[0].tenantId, letters.length);
      told = letters.at(-1)?.id ?? told;
    }
    after = rows.at(-1);
    if (rows.length < lettersMax) return told;
  }
}

const isSameSync = (letter: Due, first: Due): boolean => letter.syncId === first.syncId;

/** Whoever is cut off here says the same again, under the same id. */
function forgettingOf(due: Some<Due>): AppendEffect {
  const [{ tenantId, accountId, syncId }] = due;
  const letters = due.map(({ ordinal, messageId }) => ({ ordinal, messageId }));
  const digest = createHash("sha256").update(JSON.stringify(letters)).digest("hex");
  return {
    kind: "append",
    ref: { tenantId, accountId },
    eventId: `${syncId}.letters_forgotten.${digest.slice(0, 32)}`,
    expectedSeq: null,
    fact: { type: "dead_letters.forgotten", syncId, letters },
  };
}
