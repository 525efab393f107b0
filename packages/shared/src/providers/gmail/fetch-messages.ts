import type { ContentMode, MailMessage } from "../../mail/mail-message.ts";
import { idsATurn } from "../in-turn.ts";
import type { FaultCategory, FetchedMessage, ProviderFault, ProviderResult } from "../mail-provider.ts";
import { type BatchPartAnswer, sendBatch } from "./batch-request.ts";
import { fetchSingly } from "./fetch-singly.ts";
import { fillMissingText } from "./fill-missing-text.ts";
import type { GmailCalls } from "./gmail-calls.ts";
import { readWhole } from "./http-transport.ts";
import { lackingStatuses } from "./lacking-statuses.ts";
import { cameToNothing, nextBatchSize } from "./next-batch-size.ts";
import { observeAnswer } from "./observe-fault.ts";
import { type MessageReading, readMessageAnswer } from "./read-message-answer.ts";

/** What is remembered of an account between fetches. */
export interface FetchMemory {
  /** Until then messages are asked for one by one: the server answered that it has no batch endpoint. */
  singlyUntilMs: number;
  /** What the connection has carried: see `nextBatchSize`. */
  batchSize: number;
  /** All messages of the newest batch failed by accident: the server may be away, or they are at fault. */
  isInDoubt: boolean;
}

/** Some emulators have no batch endpoint; Gmail has, and may only have stumbled. */
const singlyMs = 10 * 60_000;
/** After so many batches in a row that came to nothing, the server is away: more calls would not help. */
const lostInARowMax = 3;

/** A refused batch's own body: an error in JSON, or a page in HTML. */
const refusalBytesMax = 1024 * 1024;

/** A message, or why there is none; and whether its batch, and not the message, failed. */
interface Fetched extends FetchedMessage {
  readonly isLost: boolean;
}

/**
 * Fetches messages by batches and yields each id exactly once. An access token that is refused, for the batch or for
 * single parts of it, is replaced, as long as that gets further. Messages whose long texts Gmail holds back wait for the end of
 * their batch, where the texts are fetched. After a throttle, a lost consent or several batches that came to
 * nothing, the later ids get the same fault without being asked for: more calls would only make it worse.
 *
 * Parts that fail each by itself are no sign of that: messages behind them may be fine, so all are asked for. But a server
 * that is away may answer each part so, and each part costs its units. So once all of a batch have failed, the next fetch
 * asks for the ids of one turn only, and for the others when one of these is answered. Which those are the caller
 * chooses by the order of the ids (`inTurn`).
 *
 * @throws `signal.reason` when aborted, and what the token vault throws
 */
export async function* fetchMessages(
  calls: GmailCalls,
  ids: readonly string[],
  content: ContentMode,
  memory: FetchMemory,
  signal: AbortSignal | undefined,
): AsyncGenerator<FetchedMessage> {
  let stop: ProviderFault | null = null;
  let lostInARow = 0;
  let wanted = memory.isInDoubt ? idsATurn(ids.length) : ids.length;
  const allowance = createAllowance(calls, signal);
  for (let start = 0, size = 0; start < ids.length; start += size) {
    const allowed: ProviderResult<number> =
      stop === null ? await allowance.take(memory.batchSize, wanted - start) : { ok: false, fault: stop };
    if (!allowed.ok) {
      for (const id of ids.slice(start)) yield { id, result: allowed };
      return;
    }
    size = allowed.value;
    const batch = ids.slice(start, start + size);
    const attempt = (token: string, open: readonly string[]) =>
      fetchOnce(calls, token, open, content, memory, signal);
    let answered = 0;
    let lost = 0;
    let last: ProviderFault | null = null;
    for await (const { id, result, isLost } of withOtherTokens(calls, batch, attempt, signal)) {
      const fault: ProviderFault | null = result.ok ? null : result.fault;
      if (fault?.category === "transient") last = fault;
      else answered++;
      if (isLost) lost++;
      if (fault !== null && concernsAccount.has(fault.category)) stop ??= fault;
      yield { id, result };
    }
    await allowance.used(batch.length);
    const tally = { asked: batch.length, answered, lost };
    memory.batchSize = nextBatchSize(memory.batchSize, tally, calls.options.batchSize);
    memory.isInDoubt = answered === 0;
    if (answered > 0) wanted = ids.length;
    lostInARow = cameToNothing(tally) ? lostInARow + 1 : 0;
    if (lostInARow >= lostInARowMax || start + size >= wanted) stop ??= last;
  }
}

interface Allowance {
  /**
   * Called before a batch.
   *
   * @param wanted messages that are still to be asked for, with those of later batches
   * @returns how many messages it may have; or the fault to give in place of what is left
   */
  take(countMax: number, wanted: number): Promise<ProviderResult<number>>;
  /** Called after it: units count from now on, however long the provider took over its parts. */
  used(count: number): Promise<void>;
}

/** Reserves the units of batches, of as many at once as is allowed, so that work which is told to come back does so once. */
function createAllowance(calls: GmailCalls, signal: AbortSignal | undefined): Allowance {
  let left = 0;
  let reservedAtMs = 0;
  return {
    async take(countMax, wanted) {
      if (left === 0) {
        const allowed = await calls.spend("getMessage", wanted, signal);
        if (!allowed.ok) return allowed;
        left = allowed.value.count;
        reservedAtMs = allowed.value.atMs;
      }
      const count = Math.min(left, countMax);
      left -= count;
      return { ok: true, value: count };
    },
    used: (count) => calls.spendLater("getMessage", count, reservedAtMs),
  };
}

/** Faults that any further call for this account would meet as well. */
const concernsAccount: ReadonlySet<FaultCategory> = new Set([
  "rate_limited",
  "consent_lost",
  "token_expired",
]);

/** A token that dies after some messages got them nearer; so many that do are no accident any more. */
const tokensABatchMax = 10;

/** Runs attempts for those ids whose token was refused, with another token each, as long as that may help. */
async function* withOtherTokens(
  calls: GmailCalls,
  ids: readonly string[],
  attempt: (token: string, open: readonly string[]) => AsyncGenerator<Fetched>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Fetched> {
  let open = ids;
  let token = await calls.token(signal);
  for (let used = 1; ; used++) {
    if (!token.ok) {
      for (const id of open) yield { id, result: token, isLost: true };
      return;
    }
    const { text, isNew } = token.value;
    const refused: Fetched[] = [];
    for await (const fetched of attempt(text, open)) {
      if (!fetched.result.ok && fetched.result.fault.category === "token_expired") refused.push(fetched);
      else yield fetched;
    }
    if (refused.length === 0) return;
    const isUseless = used > 1 && isNew && refused.length === open.length;
    if (isUseless || used === tokensABatchMax) return yield* refused;
    open = refused.map(({ id }) => id);
    token = await calls.replaceToken(text, signal);
  }
}

async function* fetchOnce(
  calls: GmailCalls,
  token: string,
  ids: readonly string[],
  content: ContentMode,
  memory: FetchMemory,
  signal: AbortSignal | undefined,
): AsyncGenerator<Fetched> {
  const open = new Set(ids);
  const incomplete = new Map<string, Extract<MessageReading, { kind: "incomplete" }>>();
  if (calls.options.clock() >= memory.singlyUntilMs) {
    for await (const { id, reading, isLost } of readBatch(calls, token, ids, content, memory, signal)) {
      if (!open.delete(id)) continue; // answered twice
      if (reading.kind === "incomplete") incomplete.set(id, reading);
      else yield { id, result: toResult(calls, reading, token), isLost };
    }
  }
  // Only a server without batches leaves ids open here: readBatch answers for all of its own.
  for await (const { id, reading } of fetchSingly(calls, token, [...open], content, signal)) {
    if (reading.kind === "incomplete") incomplete.set(id, reading);
    else yield { id, result: toResult(calls, reading, token), isLost: !isAnswer(reading) };
  }
  for (const id of incomplete.keys()) {
    const lease = calls.budget.lease();
    try {
      const result = await fillMissingText(calls, token, id, taken(incomplete, id), lease, signal);
      yield { id, result, isLost: false };
    } finally {
      lease.release();
    }
  }
}

/** True when there was an answer to a message's own request, whatever it says. */
const isAnswer = (reading: MessageReading): boolean =>
  reading.kind !== "fault" || reading.seen.status !== undefined;

/** The map does not keep it: a message is finished by filling its texts in. */
function taken<Value>(map: Map<string, Value>, id: string): Value {
  const value = map.get(id) as Value;
  map.delete(id);
  return value;
}

interface Answered {
  readonly id: string;
  readonly reading: MessageReading;
  readonly isLost: boolean;
}

/** Yields a reading for each id, unless the server turns out to have no batches: then none. */
async function* readBatch(
  calls: GmailCalls,
  token: string,
  ids: readonly string[],
  content: ContentMode,
  memory: FetchMemory,
  signal: AbortSignal | undefined,
): AsyncGenerator<Answered> {
  const open = new Set(ids);
  let fallback: MessageReading = lostPart;
  try {
    const paths = ids.map((id) => calls.messagePath(id, content));
    const batch = await sendBatch(calls.transport, {
      url: calls.batchUrl,
      headers: calls.headers(token),
      paths,
      signal,
      budget: calls.budget,
      attributes: { "quota.units": calls.unitsOf("getMessage") * ids.length },
      read: (part) => readPart(part, ids, content),
    });
    if (batch.kind === "refused") {
      if (lackingStatuses.has(batch.answer.status)) {
        await readWhole(batch.answer, refusalBytesMax);
        memory.singlyUntilMs = calls.options.clock() + singlyMs;
        return;
      }
      fallback = {
        kind: "fault",
        seen: observeAnswer("list", await readWhole(batch.answer, refusalBytesMax)),
      };
    } else {
      for await (const answered of batch.parts)
        if (answered !== null && open.delete(answered.id)) yield answered;
    }
  } catch (error) {
    signal?.throwIfAborted();
    fallback = { kind: "fault", seen: calls.observeThrown("list", error) };
  }
  for (const id of open) yield { id, reading: fallback, isLost: true };
}

/** @returns null for a part that nobody asked for */
function readPart(part: BatchPartAnswer, ids: readonly string[], content: ContentMode): Answered | null {
  const id = part.index === null ? undefined : ids[part.index];
  if (id === undefined) return null;
  return { id, reading: part.isCut ? tooLongPart : readMessageAnswer(id, part, content), isLost: false };
}

/** A part that did not come is not a message that is gone: it is asked for again. */
const lostPart: MessageReading = {
  kind: "fault",
  seen: {
    where: "message",
    status: 200,
    isMalformed: true,
    message: "The batch's answer lacks this message.",
  },
};
const tooLongPart: MessageReading = {
  kind: "fault",
  seen: {
    where: "message",
    status: 200,
    isBadItem: true,
    message: "The message is longer than any that Gmail takes.",
  },
};

function toResult(
  calls: GmailCalls,
  reading: Exclude<MessageReading, { kind: "incomplete" }>,
  token: string,
): ProviderResult<MailMessage> {
  if (reading.kind === "message") return { ok: true, value: reading.message };
  return { ok: false, fault: calls.classify(reading.seen, token) };
}
