import type { PoolClient } from "../postgres/create-pool.ts";
import type { MessageChange, ProviderFault } from "../providers/mail-provider.ts";
import { moveVerification } from "./claim-verification.ts";
import { forgetSome } from "./forget-messages.ts";
import type { Moved, VerificationClaim, VerificationPorts, VerificationPosition } from "./verification.ts";

const idsMax = 500;

const beginSql = `
  update verifications set baseline = $2, started_at = now(), listed = 0, label_ids = '{}', pages = 1 where id = $1`;

const syncedSql =
  "select watermark from account_states where tenant_id = $1 and account_id = $2 and watermark is not null";

/**
 * Takes the watermark before anything is listed: what has changed since is known at the end. Where nobody asked it is that
 * up to which the copy is complete: what happened after it the next sync brings, and is no difference. What an earlier
 * beginning has noted is removed first.
 */
export async function beginListing(
  { pool, session }: VerificationPorts,
  claim: VerificationClaim,
  signal: AbortSignal,
): Promise<Moved> {
  const begin: VerificationPosition = { step: "begin" };
  let isEmpty = false;
  await moveVerification(pool, claim, begin, async (client) => {
    isEmpty = await forgetSome(client, claim.id);
  });
  if (!isEmpty) return { ok: true, claim, position: begin };
  const profile = await session.getProfile(signal);
  if (!profile.ok) return stopped(profile.fault);
  const synced = claim.isScheduled ? await syncedUpTo(pool, claim) : null;
  if (synced !== null) {
    // Rather known now than when all is listed.
    const changes = await session.listChanges({ since: synced }, signal);
    if (!changes.ok) return stopped(changes.fault);
  }
  const baseline = synced ?? profile.value.watermark;
  const next: VerificationPosition = { step: "listing", pageToken: null };
  await moveVerification(pool, claim, next, (client) => client.query(beginSql, [claim.id, baseline]));
  return { ok: true, claim: { ...claim, baseline, labelIds: [] }, position: next };
}

async function syncedUpTo(
  pool: VerificationPorts["pool"],
  { ref: { tenantId, accountId } }: VerificationClaim,
): Promise<string | null> {
  const { rows } = await pool.of(tenantId).query<{ watermark: string }>(syncedSql, [tenantId, accountId]);
  return rows[0]?.watermark ?? null;
}

const listedSql = `
  with page as (
    insert into verification_messages as known (verification_id, tenant_id, provider_id, listed)
    select distinct $1, $2, id, true from unnest($3::text[]) as id
    on conflict (verification_id, provider_id) do update set listed = true where not known.listed
    returning 1
  )
  update verifications set listed = listed + (select count(*) from page) where id = $1`;

/** One page of what a full sync would list. */
export async function listMailbox(
  { pool, session }: VerificationPorts,
  claim: VerificationClaim,
  pageToken: string | null,
  signal: AbortSignal,
): Promise<Moved> {
  const page = await session.listPage({ idsMax, ...tokenOf(pageToken) }, signal);
  if (!page.ok) return stoppedAt(pool, claim, page.fault, pageToken, { step: "listing", pageToken: null });
  const { ids, nextPageToken } = page.value;
  const next: VerificationPosition =
    nextPageToken === null ? { step: "labels" } : { step: "listing", pageToken: nextPageToken };
  await moveVerification(pool, claim, next, (client) =>
    client.query(listedSql, [claim.id, claim.ref.tenantId, ids]),
  );
  return { ok: true, claim, position: next };
}

const labelsSql = "update verifications set label_ids = $2 where id = $1";

export async function listLabelIds(
  { pool, session }: VerificationPorts,
  claim: VerificationClaim,
  signal: AbortSignal,
): Promise<Moved> {
  const labels = await session.listLabels(signal);
  if (!labels.ok) return stopped(labels.fault);
  const labelIds = labels.value.map(({ id }) => id);
  const next = labelAt(labelIds, 0);
  await moveVerification(pool, claim, next, (client) => client.query(labelsSql, [claim.id, labelIds]));
  return { ok: true, claim: { ...claim, labelIds }, position: next };
}

const labelledSql = `
  insert into verification_messages as known (verification_id, tenant_id, provider_id, label_ids)
  select distinct $1, $2, id, array[$4] from unnest($3::text[]) as id
  on conflict (verification_id, provider_id) do update set label_ids = known.label_ids || $4::text
    where not known.label_ids @> array[$4]`;

/** One page of the messages that bear a label, spam and trash included. */
export async function listByLabel(
  { pool, session }: VerificationPorts,
  claim: VerificationClaim,
  { index, pageToken }: Extract<VerificationPosition, { step: "label" }>,
  signal: AbortSignal,
): Promise<Moved> {
  const labelId = claim.labelIds[index];
  const following = labelAt(claim.labelIds, index + 1);
  if (labelId === undefined) return { ok: true, claim, position: following };
  const request = { idsMax, labelIds: [labelId], withHidden: true, ...tokenOf(pageToken) };
  const page = await session.listPage(request, signal);
  if (!page.ok) {
    const again: VerificationPosition = { step: "label", index, pageToken: null };
    if (isWait(page.fault)) return stopped(page.fault);
    const labels = await session.listLabels(signal);
    if (!labels.ok || labels.value.some(({ id }) => id === labelId)) {
      return stoppedAt(pool, claim, page.fault, pageToken, again);
    }
    await moveVerification(pool, claim, following); // the label was deleted meanwhile
    return { ok: true, claim, position: following };
  }
  const { ids, nextPageToken } = page.value;
  const next: VerificationPosition =
    nextPageToken === null ? following : { step: "label", index, pageToken: nextPageToken };
  await moveVerification(pool, claim, next, (client) =>
    client.query(labelledSql, [claim.id, claim.ref.tenantId, ids, labelId]),
  );
  return { ok: true, claim, position: next };
}

const changedSql = `
  insert into verification_messages as known (
    verification_id, tenant_id, provider_id, appeared, vanished, relabelled
  )
  select $1, $2, id, bool_or(kind = 'appeared'), bool_or(kind = 'vanished'), bool_or(kind in ('relabelled', 'hidden'))
  from unnest($3::text[], $4::text[]) as change (id, kind)
  group by id
  on conflict (verification_id, provider_id) do update set
    appeared = known.appeared or excluded.appeared, vanished = known.vanished or excluded.vanished,
    relabelled = known.relabelled or excluded.relabelled`;

/** One page of what has happened since the verification began. When the provider has forgotten that, a sync goes on without. */
export async function listChanged(
  { pool, session }: VerificationPorts,
  claim: VerificationClaim,
  pageToken: string | null,
  signal: AbortSignal,
): Promise<Moved> {
  const since = claim.baseline ?? "";
  const page = await session.listChanges({ since, ...tokenOf(pageToken) }, signal);
  if (!page.ok) {
    const isTooOld = page.fault.category === "watermark_expired";
    // The listing took longer than the provider remembers, and would again. What differs is looked at in any case.
    if (isTooOld && pageToken === null && claim.isOfSync) {
      const next: VerificationPosition = { step: "compare" };
      await moveVerification(pool, claim, next);
      return { ok: true, claim, position: next };
    }
    const again: VerificationPosition = isTooOld ? { step: "begin" } : { step: "changes", pageToken: null };
    return stoppedAt(pool, claim, page.fault, isTooOld ? since : pageToken, again);
  }
  const { changes, nextPageToken } = page.value;
  const next: VerificationPosition =
    nextPageToken === null ? { step: "compare" } : { step: "changes", pageToken: nextPageToken };
  await moveVerification(pool, claim, next, (client) => writeChanges(client, claim, changes));
  return { ok: true, claim, position: next };
}

async function writeChanges(
  client: PoolClient,
  claim: VerificationClaim,
  changes: readonly MessageChange[],
): Promise<void> {
  const values = [changes.map(({ id }) => id), changes.map(({ kind }) => kind)];
  await client.query(changedSql, [claim.id, claim.ref.tenantId, ...values]);
}

function labelAt(labelIds: readonly string[], index: number): VerificationPosition {
  return index < labelIds.length
    ? { step: "label", index, pageToken: null }
    : { step: "changes", pageToken: null };
}

const tokenOf = (pageToken: string | null) => (pageToken === null ? {} : { pageToken });

const stopped = (fault: ProviderFault): Moved => ({ ok: false, fault, went: "nowhere" });

/** These say nothing about what was asked: the same page is asked for again. */
const waits: ReadonlySet<ProviderFault["category"]> = new Set([
  "rate_limited",
  "transient",
  "token_expired",
  "consent_lost",
]);
export const isWait = ({ category }: ProviderFault): boolean => waits.has(category);

/** A token may be what the provider refuses: it forgets them. Then the listing goes on from its start. */
async function stoppedAt(
  pool: VerificationPorts["pool"],
  claim: VerificationClaim,
  fault: ProviderFault,
  pageToken: string | null,
  again: VerificationPosition,
): Promise<Moved> {
  if (pageToken === null || isWait(fault)) return stopped(fault);
  await moveVerification(pool, claim, again);
  return { ok: false, fault, went: "back" };
}
