import type { AccountRef } from "@millrace/shared/events/subjects";
import { discardLetters } from "@millrace/shared/steps/discard-letters";
import { letterProgress } from "@millrace/shared/steps/letter-progress";
import type { RetentionPorts } from "../retention-ports.ts";
import type { RetentionScope } from "../retention-scope.ts";
import { whileUnheld } from "../while-unheld.ts";
import { type Some, together } from "./together.ts";

/** What one look gives. */
const lettersMax = 5_000;
/** What one fact names. */
const lettersPerFact = 500;
/** Each conflict means that somebody else has settled something of the sync; then they wait for the next run. */
const conflictsMax = 10;

/** Of the tenant `t`. $2 days where it says nothing. */
const ownDays = "coalesce((t.retention ->> 'openDeadLettersDays')::integer, $2::integer)";

/**
 * Open letters, which a redrive, a refusal or their being set aside has moved last, long enough ago. Of a tenant whose period is 0
 * none; none of accounts that are held, or leave. $1 now, $2 days where the tenant says nothing, $3 one tenant or null, $4
 * rows, $5 to $7 after which letter.
 */
const dueSql = `
  select l.id, l.tenant_id as "tenantId", l.account_id as "accountId", l.sync_id as "syncId", l.chunk_index as "chunkIndex",
    l.ordinal
  from dead_letters l
  join accounts a on a.id = l.account_id and a.held_at is null and a.removing_at is null
  join tenants t on t.id = l.tenant_id
  cross join lateral (select ${ownDays} as days) as own
  where l.state = 'open' and own.days > 0 and l.updated_at < $1::timestamptz - make_interval(days => own.days)
    and ($3::text is null or l.tenant_id = $3)
    and ($5::text is null or (l.sync_id, l.chunk_index, l.ordinal) > ($5::text, $6::integer, $7::integer))
  order by l.sync_id, l.chunk_index, l.ordinal
  limit $4`;

/** Whether some of them are to be kept, by the tenant's period as it is now. $3 the tenant, $4 ids. */
const keptSql = `
  select from dead_letters l join tenants t on t.id = l.tenant_id
  cross join lateral (select ${ownDays} as days) as own
  where l.tenant_id = $3 and l.id = any($4)
    and (own.days = 0 or l.updated_at >= $1::timestamptz - make_interval(days => own.days))
  limit 1`;

interface Due extends AccountRef {
  readonly id: string;
  readonly syncId: string;
  readonly chunkIndex: number;
  readonly ordinal: number;
}

type Ports = Pick<RetentionPorts, "pool" | "append" | "state">;

/**
 * Discards dead letters that have been open for long and of which nobody has wanted anything, as a person would: by a fact
 * that settles them, on the sync's checkpoint. So who looks at the sync sees when it was, and by whom; its ledger and its
 * status stay. From then on they are settled, and go with the others.
 */
export async function discardOldLetters(ports: Ports, days: number, scope: RetentionScope): Promise<void> {
  let after: Due | undefined;
  for (;;) {
    const last = [after?.syncId ?? null, after?.chunkIndex ?? null, after?.ordinal ?? null];
    const values = [scope.now, days, scope.tenantId, lettersMax, ...last];
    const { rows } = await ports.pool.ofAll().query<Due>(dueSql, values);
    for (const letters of together(rows, isSameChunk, lettersPerFact)) {
      await scope.pause();
      if (!scope.mayGoOn()) return;
      const [{ tenantId }] = letters;
      scope.count(
        "discarded",
        tenantId,
        scope.isDryRun ? letters.length : await discard(ports, letters, days, scope),
      );
    }
    after = rows.at(-1);
    if (rows.length < lettersMax) return;
  }
}

const isSameChunk = (letter: Due, first: Due): boolean =>
  letter.syncId === first.syncId && letter.chunkIndex === first.chunkIndex;

/** @returns how many it has discarded; those that were settled meanwhile, or are to be kept by now, are none */
async function discard(
  { pool, state, append }: Ports,
  letters: Some<Due>,
  days: number,
  { now }: RetentionScope,
): Promise<number> {
  const [{ tenantId, accountId, syncId, chunkIndex }] = letters;
  const ref = { tenantId, accountId };
  const keptValues = [now, days, tenantId, letters.map(({ id }) => id)];
  for (let conflicts = 0; conflicts < conflictsMax; conflicts++) {
    const at = await letterProgress(state, ref, syncId);
    const ordinals = letters.map(({ ordinal }) => ordinal);
    const effect = discardLetters(ref, { syncId, chunkIndex, ordinals }, at);
    if (effect === null) return 0;
    const appended = await whileUnheld(pool, ref, async (client) =>
      (await client.query(keptSql, keptValues)).rowCount === 0 ? append(effect) : null,
    );
    if (appended === null) return 0;
    if (appended === "conflict") continue;
    return effect.fact.type === "dead_letters.settled" ? effect.fact.letters.length : 0;
  }
  return 0;
}
