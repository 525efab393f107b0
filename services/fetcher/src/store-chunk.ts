import type { MailMessage } from "@millrace/shared/mail/mail-message";
import { isStoreAway } from "@millrace/shared/nats/is-store-away";
import { inTurn } from "@millrace/shared/providers/in-turn";
import type { FaultCategory, ProviderFault, ProviderSession } from "@millrace/shared/providers/mail-provider";
import { backoffMs } from "@millrace/shared/runtime/backoff";
import type { StepContext } from "@millrace/shared/runtime/step";
import type { GuardPlan } from "./decide-guard.ts";
import type { FetchReport, MessageOutcome } from "./fetch-report.ts";
import {
  BaselineMovedError,
  type ClaimedWork,
  type FetcherPorts,
  type FetchingWork,
} from "./fetcher-ports.ts";

/** What a stored message takes beside its bodies and headers: arrays, row overhead. */
const messageOverheadBytes = 4_096;
/** A delivery asks this often for what failed by accident, as long as each pass gets further. */
const passesMax = 5;
/** A token may be refused while it is being replaced. */
const accidents: ReadonlySet<FaultCategory> = new Set<FaultCategory>(["transient", "token_expired"]);
const passBackoff = { baseMs: 100, capMs: 2_000 };

type Outcomes = Map<string, MessageOutcome>;
type StorePorts = Pick<FetcherPorts, "store" | "attachments" | "claims" | "flushBytesMax">;

/**
 * Fetches what is missing of a piece of work and stores it. Single messages that failed by accident are asked for
 * again within the same delivery, so that one bad answer in a hundred does not cost the chunk a round. Each attempt that
 * got nowhere has the next one begin with other messages: the provider gives up after a few that fail, and those behind
 * them are not at fault.
 *
 * @throws {BaselineMovedError} and what the ports throw
 */
export async function storeChunk(
  ports: StorePorts,
  session: ProviderSession,
  work: FetchingWork,
  plan: GuardPlan,
  context: StepContext,
): Promise<Omit<FetchReport, "credentialsVersion">> {
  const { outcomes, storedBefore } = await beginOutcomes(ports.store, work);
  const { messageIds, history } = work.item;
  let missing = inTurn(
    [...new Set(messageIds)].filter((id) => !outcomes.has(id)),
    history.streak,
  );
  if (plan.kind === "set_aside") {
    for (const id of missing) outcomes.set(id, crashLoop);
    return { outcomes, storedBefore, mail: await ports.store.mailOf(work), setAsideFor: crashLoop };
  }
  if (plan.kind === "singly") {
    for (const id of missing) if (plan.skipped.has(id)) outcomes.set(id, crashLoop);
    missing = missing.filter((id) => !plan.skipped.has(id));
  }
  for (let pass = 1; missing.length > 0 && pass <= passesMax; pass++) {
    const fetched = await fetchPass(ports, session, work, plan, missing, context);
    for (const [id, outcome] of fetched) outcomes.set(id, outcome);
    missing = missing.filter((id) => fetched.get(id)?.kind === "open");
    const got = [...fetched.values()];
    const byAccident = got.every(({ ...o }) => o.kind !== "open" || accidents.has(o.fault.category));
    if (missing.length === 0 || !byAccident || got.every(({ kind }) => kind === "open")) break;
    await context.sleep(backoffMs(pass, context.random(), passBackoff));
  }
  await keepAttachments(ports, session, work, plan, outcomes, context);
  return { outcomes, storedBefore, mail: await ports.store.mailOf(work) };
}

/**
 * What needs no fetching: messages that are stored, and of changes those that can be applied to what is stored. What an
 * earlier delivery of this work has done, it has done.
 */
async function beginOutcomes(
  store: StorePorts["store"],
  work: ClaimedWork,
): Promise<{ readonly outcomes: Outcomes; readonly storedBefore: number }> {
  const { item } = work;
  const outcomes: Outcomes = new Map();
  if (item.kind === "chunk" && item.changes !== null) {
    for (const [id, kind] of await store.applyChanges(work, item.changes))
      if (kind !== "fetch") outcomes.set(id, { kind });
    const applied = [...outcomes.values()].filter(({ kind }) => kind === "stored");
    return { outcomes, storedBefore: applied.length };
  }
  const known = await store.findStored(work);
  for (const id of known.byThisWork) outcomes.set(id, { kind: "stored" });
  for (const id of known.before) outcomes.set(id, { kind: "unchanged" });
  return { outcomes, storedBefore: known.byThisWork.size };
}

/** A stored message whose attachments cannot be fetched now stays open: the chunk comes again, and finds it stored. */
async function keepAttachments(
  { attachments, claims }: StorePorts,
  session: ProviderSession,
  work: ClaimedWork,
  plan: GuardPlan,
  outcomes: Outcomes,
  context: StepContext,
): Promise<void> {
  const stored = [...outcomes].filter(([, { kind }]) => kind === "stored").map(([id]) => id);
  const turnTo = async (id: string): Promise<void> => {
    if (plan.kind === "singly") await claims.mark(work, id);
  };
  const waiting = await attachments.keep(work, session, stored, context, turnTo);
  for (const [id, fault] of waiting) outcomes.set(id, { kind: "open", fault });
}

const crashLoop = {
  kind: "letter",
  category: "crash_loop",
  message: "The worker died each time that it turned to this",
} as const;

/**
 * One pass over what is missing. What fails in a way that nobody foresaw may be the work's own fault: `unknown`. Then
 * the messages are fetched one by one, so that only the one that fails is blamed for it.
 */
async function fetchPass(
  ports: StorePorts,
  session: ProviderSession,
  work: FetchingWork,
  plan: GuardPlan,
  ids: readonly string[],
  context: StepContext,
): Promise<Outcomes> {
  const outcomes: Outcomes = new Map();
  /** @returns how it failed; null when it did not */
  const attempt = async (some: readonly string[]): Promise<string | null> => {
    try {
      await fetchAndStore(ports, session, work, some, context, outcomes);
      return null;
    } catch (error) {
      if (context.signal.aborted || isStoreAway(error) || error instanceof BaselineMovedError) throw error;
      context.log.error(
        { err: error, "sync.id": work.item.syncId, chunk: work.item.chunkIndex },
        "a chunk failed in a way that is not known",
      );
      return String(error).slice(0, 500);
    }
  };
  const isTogether = plan.kind !== "singly" && ids.length > 1;
  if (isTogether && (await attempt(ids)) === null) return withRest(outcomes, ids, leftOut);
  for (const id of ids) {
    if (outcomes.has(id)) continue;
    if (plan.kind === "singly") await ports.claims.mark(work, id);
    withRest(outcomes, [id], (await attempt([id])) ?? leftOut);
  }
  return outcomes;
}

const leftOut = "the provider left it out of its answer";

/** Every message has an outcome: one that nothing was heard of must not be taken for one that needs nothing. */
function withRest(outcomes: Outcomes, ids: readonly string[], message: string): Outcomes {
  const fault: ProviderFault = { category: "unknown", message };
  for (const id of ids) if (!outcomes.has(id)) outcomes.set(id, { kind: "open", fault });
  return outcomes;
}

/**
 * Messages are written whenever enough of them have come, so memory holds one buffer of them and the one that is
 * arriving, whatever the size of the chunk. A message has its outcome when the store has it: whatever fails on the way
 * leaves the others without one.
 */
async function fetchAndStore(
  ports: StorePorts,
  session: ProviderSession,
  work: FetchingWork,
  ids: readonly string[],
  { signal, progressed }: StepContext,
  outcomes: Outcomes,
): Promise<void> {
  let buffer: MailMessage[] = [];
  let bufferBytes = 0;
  const gone: string[] = [];
  const flush = async (): Promise<void> => {
    const messages = buffer;
    buffer = [];
    bufferBytes = 0;
    for (const [id, outcome] of await ports.store.write(work, messages)) outcomes.set(id, outcome);
    progressed();
  };

  for await (const fetched of session.fetchMessages(ids, work.item.content, signal)) {
    progressed();
    if (!fetched.result.ok) {
      if (fetched.result.fault.category === "gone") gone.push(fetched.id);
      else outcomes.set(fetched.id, await outcomeOfFault(ports, work, fetched.id, fetched.result.fault));
      continue;
    }
    buffer.push(fetched.result.value);
    bufferBytes += weightOf(fetched.result.value);
    if (bufferBytes >= ports.flushBytesMax) await flush();
  }
  if (buffer.length > 0) await flush();
  if (gone.length > 0) await ports.store.markGone(work, gone);
  for (const id of gone) outcomes.set(id, { kind: "gone" });
}

async function outcomeOfFault(
  { store }: StorePorts,
  { ref }: ClaimedWork,
  id: string,
  fault: ProviderFault,
): Promise<MessageOutcome> {
  if (fault.category !== "bad_item") return { kind: "open", fault };
  if (fault.raw !== undefined) await store.keepRaw(ref, id, fault.raw);
  return { kind: "letter", category: "bad_item", message: fault.message };
}

function weightOf(message: MailMessage): number {
  const bodies = (message.text?.length ?? 0) + (message.html?.length ?? 0) + (message.raw?.length ?? 0);
  const headers = message.headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return messageOverheadBytes + bodies + headers;
}
