import type { Letter } from "../resources/dead-letter.ts";
import { isoOf } from "../resources/time.ts";
import { headBytesMax, subjectOf } from "./subject-of.ts";

/** An earlier copy of the message, which has its subject already. */
const copySql = `
    from messages m
    where m.tenant_id = d.tenant_id and m.account_id = d.account_id and m.provider_id = d.provider_id`;

export const letterColumns = `
  d.id, d.account_id as "accountId", d.sync_id as "syncId", d.chunk_index as "chunkIndex", d.ordinal, d.scope,
  d.provider_id as "providerId", d.category, d.error, d.attempts, d.state, d.outcome,
  d.created_at as "createdAt", d.updated_at as "updatedAt",
  exists (
    select from dead_letter_contents c where c.account_id = d.account_id and c.provider_id = d.provider_id
  ) as "hasRaw",
  (select m.subject ${copySql}) as "storedSubject",
  case when not exists (select ${copySql} and m.subject is not null) then (
    select substring(c.raw from 1 for ${headBytesMax}) from dead_letter_contents c
    where c.tenant_id = d.tenant_id and c.account_id = d.account_id and c.provider_id = d.provider_id
  ) end as "rawHead"`;

/** Of an account that is being removed nothing is shown, and nothing put back on the queue. */
export const isLetterKept = `exists (
    select from accounts owner where owner.id = d.account_id and owner.removing_at is null
  )`;

export interface LetterRow extends Omit<Letter, "subject" | "createdAt" | "updatedAt" | "links"> {
  /** Of an earlier copy of the message. */
  readonly storedSubject: string | null;
  /** How its kept bytes begin; not read where a copy tells the subject. */
  readonly rawHead: Buffer | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export function letterOf(row: LetterRow): Letter {
  const self = `/v1/dead-letters/${row.id}`;
  return {
    id: row.id,
    accountId: row.accountId,
    syncId: row.syncId,
    chunkIndex: row.chunkIndex,
    ordinal: row.ordinal,
    scope: row.scope,
    providerId: row.providerId,
    subject: row.storedSubject ?? (row.rawHead && subjectOf(row.rawHead)),
    category: row.category,
    error: row.error,
    attempts: row.attempts,
    state: row.state,
    outcome: row.outcome,
    hasRaw: row.hasRaw,
    createdAt: isoOf(row.createdAt),
    updatedAt: isoOf(row.updatedAt),
    links: { self, raw: `${self}/raw`, redrive: `${self}/redrive`, sync: `/v1/syncs/${row.syncId}` },
  };
}
