import {
  type AttachmentPorts,
  countAttempt,
  keepAttachment,
  noteFailure,
} from "@millrace/shared/attachments/keep-attachment";
import { placeColumn, type StoredAttachment } from "@millrace/shared/attachments/stored-attachment";
import { BlobStoreAwayError } from "@millrace/shared/blobs/blob-store";
import { isStoreAway } from "@millrace/shared/nats/is-store-away";
import type { Queries } from "@millrace/shared/postgres/create-pool";
import type { ProviderFault, ProviderSession } from "@millrace/shared/providers/mail-provider";
import type { StepContext } from "@millrace/shared/runtime/step";
import type { AttachmentKeeper, ClaimedWork } from "./fetcher-ports.ts";

/** Attempts that fail for the attachment alone, at most one a minute, until the work no longer waits for it. */
export const accidentsMax = 5;
/** New mail must not wait behind them: work that follows a mailbox leaves them to later work after the first one. */
const accidentsMaxOfChanges = 1;
/**
 * What was given up is tried again by later work of the account: so many at a time, not sooner than that, and while it
 * goes well. That work waits for it so long at most.
 */
const givenUpMax = 5;
const givenUpMinutes = 5;
const givenUpMsMax = 5_000;

const columns = `
  t.tenant_id as "tenantId", t.account_id as "accountId", t.provider_id as "providerId", t.part_id as "partId",
  t.provider_attachment_id as "providerAttachmentId", c.provider_id is not null as "isInRaw", ${placeColumn}`;
const tables = `
  attachments t
  join accounts a on a.tenant_id = t.tenant_id and a.id = t.account_id
  join messages m on m.account_id = t.account_id and m.provider_id = t.provider_id
  left join message_contents c on c.account_id = t.account_id and c.provider_id = t.provider_id`;
const isWanted = "a.attachments = 'eager' and t.sha256 is null and m.deleted_at is null";

/** Of changes, only messages that came: one that was relabelled costs no fetch. */
const dueSql = `
  select ${columns} from ${tables}
  where t.tenant_id = $1 and t.account_id = $2 and t.provider_id = any($3) and ${isWanted} and t.failure is null
    and (m.last_change = 'added' or not $4)
  order by array_position($3, t.provider_id), t.position`;

const givenUpSql = `
  select ${columns} from ${tables}
  where t.tenant_id = $1 and t.account_id = $2 and ${isWanted} and t.failure ->> 'category' = 'transient'
    and (t.failure ->> 'at')::timestamptz < now() - $3 * interval '1 minute'
  limit $4`;

/** Attachments are fetched into the blob store, whose rows say what is there. */
export function createAttachmentKeeper(ports: AttachmentPorts): AttachmentKeeper {
  return {
    async keep(work, session, messageIds, context, turnTo) {
      const { ref, item } = work;
      const waiting = new Map<string, ProviderFault>();
      if (messageIds.length === 0) return waiting;
      const areChanges = item.kind === "chunk" && item.changes !== null;
      const values = [ref.tenantId, ref.accountId, messageIds, areChanges];
      const due = await readAttachments(ports.pool.of(ref.tenantId), "attachments-due", dueSql, values);
      let inTheWay: ProviderFault | null = null;
      let turnedTo = "";
      for (const attachment of due) {
        const { providerId } = attachment;
        if (inTheWay === null && providerId !== turnedTo) await turnTo(providerId);
        turnedTo = providerId;
        const verdict: Verdict = inTheWay
          ? { kind: "stop", fault: inTheWay }
          : await keepOne(
              ports,
              session,
              attachment,
              context,
              areChanges ? accidentsMaxOfChanges : accidentsMax,
            );
        if (verdict.kind === "stop") inTheWay = verdict.fault;
        if (verdict.kind !== "settled") waiting.set(providerId, verdict.fault);
        context.progressed();
      }
      if (waiting.size === 0) await retryGivenUp(ports, session, work, context);
      return waiting;
    },
  };
}

/** settled: kept, or given up and noted; later: to be tried again; stop: nothing more can be fetched now. */
type Verdict =
  | { readonly kind: "settled" }
  | { readonly kind: "later" | "stop"; readonly fault: ProviderFault };

type Context = Pick<StepContext, "signal" | "progressed" | "log">;

async function keepOne(
  ports: AttachmentPorts,
  session: ProviderSession,
  attachment: StoredAttachment,
  { signal, progressed, log }: Context,
  attemptsMax: number,
): Promise<Verdict> {
  const fault = await tryToKeep(ports, session, attachment, { signal, progressed, log });
  if (fault === null) return { kind: "settled" };
  if (fault === storeIsAway) return { kind: "stop", fault };
  const verdict = await judge(session, fault, signal, async () => {
    return (await countAttempt(ports.pool, attachment)) >= attemptsMax;
  });
  if (verdict.kind === "settled") {
    log.warn({ "account.id": attachment.accountId, fault }, "an attachment is left to whoever asks for it");
    await noteFailure(ports.pool, attachment, givenUpAs(fault));
  }
  return verdict;
}

/** @returns null when it is kept */
async function tryToKeep(
  ports: AttachmentPorts,
  session: ProviderSession,
  attachment: StoredAttachment,
  { signal, progressed, log }: Context,
): Promise<ProviderFault | null> {
  try {
    const kept = await keepAttachment(ports, session, attachment, signal, progressed);
    return kept.ok ? null : kept.fault;
  } catch (error) {
    if (signal.aborted || isStoreAway(error)) throw error;
    const isBlobStore = error instanceof BlobStoreAwayError;
    log.error(
      { err: error },
      isBlobStore ? "the blob store is away" : "an attachment failed in a way that is not known",
    );
    return isBlobStore ? storeIsAway : { category: "unknown", message: String(error).slice(0, 500) };
  }
}

/** Says nothing of the attachment: it spends no attempt, and the work waits as for any outage. */
const storeIsAway: ProviderFault = { category: "transient", message: "The blob store is away." };

/**
 * What a fault means for the work. Throttles and lost consent are everybody's. What may be the attachment's own is told
 * from an outage by a look at the mailbox: while that can be read, the attachment alone spends its attempts.
 */
export async function judge(
  session: Pick<ProviderSession, "getProfile">,
  fault: ProviderFault,
  signal: AbortSignal,
  isLastAttempt: () => Promise<boolean>,
): Promise<Verdict> {
  switch (fault.category) {
    case "gone":
    case "bad_item":
    case "unknown":
    case "watermark_expired":
      return { kind: "settled" };
    case "rate_limited":
      return { kind: "stop", fault };
    case "consent_lost":
      if (fault.isConfirmed === true) return { kind: "stop", fault };
  }
  const profile = await session.getProfile(signal);
  if (!profile.ok) return { kind: "stop", fault: profile.fault };
  const later: ProviderFault = { category: "transient", message: fault.message };
  return (await isLastAttempt()) ? { kind: "settled" } : { kind: "later", fault: later };
}

/** Whatever was met by accident may pass. */
function givenUpAs({ category, message }: ProviderFault): Pick<ProviderFault, "category" | "message"> {
  const isFinal = category === "gone" || category === "bad_item" || category === "unknown";
  return { category: isFinal ? category : "transient", message };
}

/** Whether it succeeds or not: the work is done. */
async function retryGivenUp(
  ports: AttachmentPorts,
  session: ProviderSession,
  { ref }: ClaimedWork,
  context: Context,
): Promise<void> {
  const values = [ref.tenantId, ref.accountId, givenUpMinutes, givenUpMax];
  const ended = AbortSignal.timeout(givenUpMsMax);
  const brief = { ...context, signal: AbortSignal.any([context.signal, ended]) };
  for (const attachment of await readAttachments(
    ports.pool.of(ref.tenantId),
    "attachments-given-up",
    givenUpSql,
    values,
  )) {
    let fault: ProviderFault | null;
    try {
      fault = await tryToKeep(ports, session, attachment, brief);
    } catch (error) {
      if (!ended.aborted || context.signal.aborted) throw error;
      fault = { category: "transient", message: "It takes too long." };
    }
    context.progressed();
    if (fault === null) continue;
    if (fault !== storeIsAway) await noteFailure(ports.pool, attachment, givenUpAs(fault));
    return;
  }
}

async function readAttachments(
  database: Queries,
  name: string,
  text: string,
  values: readonly unknown[],
): Promise<readonly StoredAttachment[]> {
  const { rows } = await database.query<StoredAttachment>({ name, text, values: [...values] });
  return rows;
}
