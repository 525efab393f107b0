import { moveVerification } from "./claim-verification.ts";
import type { Moved, VerificationClaim, VerificationPorts, VerificationPosition } from "./verification.ts";

/** A listing of a mailbox that moves may slip over a message; that few findings of a kind are looked at one by one. */
export const secondLooksMax = 200;

/** Whoever asks wants to know of all that is missing; by itself nobody looks again for what was set aside, or refused. */
const missingSql = `
  update verification_messages seen set finding = 'missing'
  from verifications v
  where v.id = $1 and seen.verification_id = v.id and seen.listed and not seen.appeared and not seen.vanished
    and not exists (
      select from messages m
      where m.account_id = v.account_id and m.provider_id = seen.provider_id and m.deleted_at is null
    )
    and not (v.trigger = 'schedule' and exists (
      select from dead_letters d
      where d.account_id = v.account_id and d.provider_id = seen.provider_id and d.state <> 'resolved'
    ))`;

/**
 * A sync that compares goes on with what has changed since, and knows of that the differences alone: what they are applied
 * to must have been right. So it looks at each stored message that something happened to.
 */
const changedSql = `
  update verification_messages seen set finding = 'changed'
  from verifications v
  join messages m on m.account_id = v.account_id and m.deleted_at is null and m.stored_at < v.started_at
  where v.id = $1 and seen.verification_id = v.id and seen.provider_id = m.provider_id
    and not seen.vanished and case
      when seen.appeared or seen.relabelled then v.sync_id is not null
      else (seen.listed or seen.label_ids <> '{}')
        and not (seen.label_ids @> m.label_ids and m.label_ids @> seen.label_ids)
    end`;

/** What no listing showed, and nothing happened to. */
const extraSql = `
  insert into verification_messages (verification_id, tenant_id, provider_id, finding)
  select v.id, v.tenant_id, m.provider_id, 'extra'
  from verifications v
  join messages m on m.account_id = v.account_id and m.deleted_at is null and m.stored_at < v.started_at
  where v.id = $1 and not exists (
    select from verification_messages seen
    where seen.verification_id = v.id and seen.provider_id = m.provider_id
  )`;

const confirmSql = `
  update verification_messages set confirmed = true
  where verification_id = $1 and finding in (
    select finding from verification_messages where verification_id = $1 and finding is not null
    group by finding having count(*) > ${secondLooksMax}
  )`;

/** Each looks at a whole mailbox once; the usual timeout is for less. */
const patienceSql = "set local statement_timeout = '30min'";

/**
 * Compares what the provider showed with the store, in the database. Not judged is what happened during the
 * verification: mail that came or left, labels that changed (unless a sync verifies), and what was stored meanwhile.
 */
export async function compareWithStore(
  { pool }: VerificationPorts,
  claim: VerificationClaim,
): Promise<Moved> {
  const next: VerificationPosition = { step: "look" };
  await moveVerification(pool, claim, next, async (client) => {
    await client.query(patienceSql);
    for (const sql of [missingSql, changedSql, extraSql, confirmSql]) await client.query(sql, [claim.id]);
  });
  return { ok: true, claim, position: next };
}
