import { JetStreamApiError, type StoredMsg } from "@nats-io/jetstream";
import type { Fact } from "../events/facts.ts";
import {
  type AccountRef,
  accountSubjectsBesideCourse,
  accountWorkSubjects,
  courseSubject,
  requestSubject,
} from "../events/subjects.ts";
import { saysRemoved } from "../projection/without-removed.ts";
import { accountKey } from "../quota/quota-governor.ts";
import type { Nats } from "./connect-nats.ts";
import { streamNotFound } from "./ensure-topology.ts";
import { decodeEvent, UnreadableEventError } from "./event-codec.ts";
import { budgetSubject } from "./nats-budget-store.ts";
import { eventStream, quotaStream, requestStream, workStream } from "./topology.ts";

/** Removes what is queued for an account, and what is known of its use of quota. Claims that are worked on go as well. */
export async function purgeAccountWork(nats: Nats, ref: AccountRef): Promise<void> {
  for (const filter of accountWorkSubjects(ref)) await purge(nats, workStream.name, { filter });
  await purge(nats, quotaStream.name, { filter: budgetSubject(accountKey(ref)) });
}

/** Behind what somebody else put there, so many messages are looked at for the fact that stays. */
const messagesMax = 10_000;

/**
 * Removes an account's facts from the log, and requests that nobody has answered, but for those that say that it was removed. Where the log has none that says so,
 * its course stays whole.
 */
export async function purgeAccountLog(nats: Nats, ref: AccountRef): Promise<void> {
  await purge(nats, requestStream.name, { filter: requestSubject(ref) });
  for (const filter of accountSubjectsBesideCourse(ref)) await purge(nats, eventStream.name, { filter });
  const seq = await firstRemoved(nats, courseSubject(ref));
  // Up to that one, and without it.
  if (seq !== null) await purge(nats, eventStream.name, { filter: courseSubject(ref), seq });
}

async function firstRemoved({ jsm }: Nats, subject: string): Promise<number | null> {
  const last = await jsm.streams.getMessage(eventStream.name, { last_by_subj: subject });
  if (last === null) return null;
  if (isRemovedFact(last, "account.removed")) return last.seq;
  for (let seq = 1, read = 0; read < messagesMax; read++) {
    // The server knows `next_by_subj` here as well; the client's type names it for direct reads only.
    const query = { seq, next_by_subj: subject };
    const message = await jsm.streams.getMessage(eventStream.name, query);
    if (message === null) return null;
    if (isRemovedFact(message)) return message.seq;
    seq = message.seq + 1;
  }
  return null;
}

/** @param type only a fact of this type; absent: any that says so, also one that was set right after a loss */
function isRemovedFact({ subject, header, data }: StoredMsg, type?: Fact["type"]): boolean {
  try {
    const event = decodeEvent(subject, (name) => header.get(name), data);
    return saysRemoved(event) && (type === undefined || event.fact.type === type);
  } catch (error) {
    if (error instanceof UnreadableEventError) return false;
    throw error;
  }
}

async function purge({ jsm }: Nats, stream: string, what: { filter: string; seq?: number }): Promise<void> {
  try {
    await jsm.streams.purge(stream, what);
  } catch (error) {
    // A stream that is not there holds nothing.
    if (!(error instanceof JetStreamApiError && error.code === streamNotFound)) throw error;
  }
}
