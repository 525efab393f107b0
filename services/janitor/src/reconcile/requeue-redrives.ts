import type { AccountRef } from "@millrace/shared/events/subjects";
import { redriveKey } from "@millrace/shared/events/work-item";
import type { ContentMode } from "@millrace/shared/mail/mail-message";
import { type ReconcilerPorts, unlessItFails } from "./reconciler-ports.ts";

const againAfterSeconds = 60;
const groupsPerRun = 200;
const lettersMax = 500;

/** Letters that were put back a while ago, chunk by chunk. */
const redrivingSql = `
  select l.tenant_id as "tenantId", l.account_id as "accountId", l.sync_id as "syncId",
    l.chunk_index as "chunkIndex", coalesce(s.content, a.content) as content,
    json_agg(json_build_object('ordinal', l.ordinal, 'messageId', l.provider_id) order by l.ordinal) as letters
  from dead_letters l
  join accounts a on a.id = l.account_id
  left join syncs s on s.id = l.sync_id
  where l.state = 'redriving' and l.updated_at <= now() - make_interval(secs => $1)
  group by l.tenant_id, l.account_id, l.sync_id, l.chunk_index, coalesce(s.content, a.content)
  limit $2`;

interface Group extends AccountRef {
  readonly syncId: string;
  readonly chunkIndex: number;
  readonly content: ContentMode;
  readonly letters: readonly { readonly ordinal: number; readonly messageId: string }[];
}

/** Puts redriven dead letters back that are neither queued nor claimed, as after a lost work queue. */
export async function requeueRedrives(ports: ReconcilerPorts): Promise<number> {
  const { rows } = await ports.pool.query<Group>(redrivingSql, [againAfterSeconds, groupsPerRun]);
  let requeued = 0;
  for (const { tenantId, accountId, syncId, chunkIndex, content, letters } of rows) {
    const ref = { tenantId, accountId };
    const done = await unlessItFails(ports, { "sync.id": syncId }, async () => {
      const queued = await ports.queue.keysOf(ref, syncId);
      // Whatever is left of them is named by one of them.
      if (letters.some(({ ordinal }) => queued.has(redriveKey(ordinal)))) return false;
      await ports.append({
        kind: "append",
        ref,
        eventId: `${syncId}.redriven.${chunkIndex}.${ports.nowMs()}`,
        expectedSeq: null,
        fact: {
          type: "dead_letters.redriven",
          syncId,
          chunkIndex,
          content,
          letters: letters.slice(0, lettersMax),
        },
      });
      return true;
    });
    if (done === true) requeued++;
  }
  return requeued;
}
