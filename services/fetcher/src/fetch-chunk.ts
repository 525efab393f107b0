import { isSettled, noProgress } from "@millrace/shared/events/chunk-progress";
import { parseAccountRef, parseLane } from "@millrace/shared/events/subjects";
import { workItemSchema } from "@millrace/shared/events/work-item";
import { loadAccount } from "@millrace/shared/postgres/load-account";
import { reject } from "@millrace/shared/runtime/outcome";
import type { Delivery, Parsed, Step, StepContext } from "@millrace/shared/runtime/step";
import { type Checkpoint, type ClaimedChunk, decideChunk } from "./decide-chunk.ts";
import type { FetchReport } from "./fetch-report.ts";
import type { FetcherPorts } from "./fetcher-ports.ts";
import { storeChunk } from "./store-chunk.ts";

/**
 * Step "fetch". Consumes a chunk of `WORK`: skips what is stored, fetches the rest in batches and stores it as
 * it comes; emits `chunk.fetched`. A redelivery finds the messages of the attempt before and fetches only
 * what is missing; a chunk that is settled costs it two reads.
 */
export function createFetchChunk(ports: FetcherPorts): Step<ClaimedChunk, FetchReport | null, Checkpoint> {
  return {
    name: "fetch-chunk",
    parse: parseChunk,
    perform: (chunk, context) => performChunk(ports, chunk, context),
    gather: async ({ ref, item }) => {
      const last = await ports.eventLog.lastChunkFact(ref, item.syncId);
      return { progress: last.fact?.progress ?? noProgress, seq: last.seq };
    },
    decide: decideChunk,
  };
}

function parseChunk(delivery: Delivery): Parsed<ClaimedChunk> {
  const ref = parseAccountRef(delivery.subject);
  const lane = parseLane(delivery.subject);
  const item = workItemSchema.safeParse(parseJson(delivery.body));
  if (ref === null || lane === null || !item.success) {
    return { ok: false, outcome: reject(`not a chunk: ${delivery.subject}`) };
  }
  return { ok: true, input: { ref, lane, item: item.data, attempt: delivery.deliveryCount } };
}

async function performChunk(
  ports: FetcherPorts,
  chunk: ClaimedChunk,
  context: StepContext,
): Promise<FetchReport | null> {
  if (await isOver(ports, chunk)) return null;
  const account = await loadAccount(ports.pool, ports.keyring, chunk.ref);
  if (account === null) return null; // deleted while its sync ran; nothing of it may be stored any more
  const session = ports.provider.connect({
    accountId: account.accountId,
    email: account.email,
    refreshToken: account.refreshToken,
  });
  return storeChunk(ports, session, chunk, context);
}

async function isOver({ eventLog }: FetcherPorts, { ref, item }: ClaimedChunk): Promise<boolean> {
  const [course, chunk] = await Promise.all([
    eventLog.lastCourseFact(ref),
    eventLog.lastChunkFact(ref, item.syncId),
  ]);
  if (course.fact?.course.active?.syncId !== item.syncId) return true;
  return isSettled(chunk.fact?.progress ?? noProgress, item.chunkIndex);
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
