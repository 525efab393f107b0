import { isUnderWay } from "@millrace/shared/events/evolve-course";
import type { FactOf } from "@millrace/shared/events/facts";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { redriveKey } from "@millrace/shared/events/work-item";
import type { ContentMode } from "@millrace/shared/mail/mail-message";
import { letterProgress } from "@millrace/shared/steps/letter-progress";
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

interface Letter {
  readonly ordinal: number;
  readonly messageId: string;
}

interface Group extends AccountRef {
  readonly syncId: string;
  readonly chunkIndex: number;
  readonly content: ContentMode;
  readonly letters: readonly Letter[];
}

/**
 * Puts redriven dead letters back that are neither queued nor claimed, as after a lost work queue. Those that the log has
 * lost, and that come no more because their sync has ended, are told to be over: nothing could settle them.
 */
export async function requeueRedrives(ports: ReconcilerPorts): Promise<number> {
  const { rows } = await ports.pool.ofAll().query<Group>(redrivingSql, [againAfterSeconds, groupsPerRun]);
  let requeued = 0;
  for (const group of rows) {
    const done = await unlessItFails(ports, { "sync.id": group.syncId }, () => requeue(ports, group));
    if (done === true) requeued++;
  }
  return requeued;
}

/** @returns false when they are on the queue */
async function requeue(ports: ReconcilerPorts, group: Group): Promise<boolean> {
  const { tenantId, accountId, syncId, chunkIndex, content, letters } = group;
  const ref = { tenantId, accountId };
  const queued = await ports.queue.keysOf(ref, syncId);
  // Whatever is left of them is named by one of them.
  if (letters.some(({ ordinal }) => queued.has(redriveKey(ordinal)))) return false;
  const lost = await lostLetters(ports, ref, group);
  const known = letters.filter((letter) => !lost.includes(letter));
  const about = { syncId, chunkIndex } as const;
  const tell = (what: string, fact: LetterFact) =>
    ports.append({
      kind: "append",
      ref,
      eventId: `${syncId}.${what}.${chunkIndex}.${ports.nowMs()}`,
      expectedSeq: null,
      fact: { ...fact, letters: fact.letters.slice(0, lettersMax) },
    });
  if (lost.length > 0) await tell("superseded", { type: "dead_letters.superseded", ...about, letters: lost });
  if (known.length > 0)
    await tell("redriven", { type: "dead_letters.redriven", ...about, content, letters: known });
  return true;
}

type LetterFact = FactOf<"dead_letters.redriven"> | FactOf<"dead_letters.superseded">;

async function lostLetters(
  { state }: Pick<ReconcilerPorts, "state">,
  ref: AccountRef,
  { syncId, letters }: Group,
): Promise<Letter[]> {
  const [{ course }, { progress }] = await Promise.all([
    state.course(ref),
    letterProgress(state, ref, syncId),
  ]);
  if (isUnderWay(course, syncId)) return [];
  return letters.filter(({ ordinal }) => ordinal >= progress.letterCount);
}
