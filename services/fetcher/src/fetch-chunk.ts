import { type AccountRef, parseAccountRef, parseLane } from "@millrace/shared/events/subjects";
import { type ChunkItem, fetchItemSchema, type RedriveItem } from "@millrace/shared/events/work-item";
import { type Outcome, reject } from "@millrace/shared/runtime/outcome";
import type { Delivery, Moment, Parsed, Step, StepContext } from "@millrace/shared/runtime/step";
import { letterProgress } from "@millrace/shared/steps/letter-progress";
import type { ChangedMail } from "./changed-mail.ts";
import { confirmFaults } from "./confirm-faults.ts";
import {
  decideChunk,
  type FetchResult,
  type FetchSituation,
  isReport,
  settledBefore,
  whyVoid,
} from "./decide-chunk.ts";
import { decideRedrive, whyRedriveIsVoid } from "./decide-redrive.ts";
import { governingFault } from "./fetch-report.ts";
import {
  type AttachmentKeeper,
  BaselineMovedError,
  type ClaimedWork,
  type FetcherPorts,
} from "./fetcher-ports.ts";
import { guardClaim } from "./guard-claim.ts";
import { readListing } from "./read-listing.ts";
import { storeChunk } from "./store-chunk.ts";

/**
 * Step "fetch". Consumes chunks (and dead letters that were put back) of `WORK`: skips what is stored, fetches the
 * rest in batches and stores it as it comes; emits what became of it. A redelivery finds the messages of the
 * attempt before and fetches only what is missing; a chunk that is settled costs it two reads.
 */
export function createFetchChunk(ports: FetcherPorts): Step<ClaimedWork, FetchResult, FetchSituation> {
  return {
    name: "fetch-chunk",
    about: ({ item }) => ({ "chunk.index": item.chunkIndex }),
    parse: parseWork,
    perform: (work, context) => performFetch(ports, work, context),
    gather: async ({ ref, item }, result) => {
      const [at, checkpoint, credentialsVersion, pages] = await Promise.all([
        ports.state.course(ref),
        item.kind === "redrive"
          ? letterProgress(ports.state, ref, item.syncId)
          : ports.state.progress(ref, item.syncId),
        readCredentialsVersion(ports, ref, result),
        item.kind === "redrive" ? [] : readListing(ports.state, ref, item),
      ]);
      return { at, checkpoint, credentialsVersion, pages };
    },
    decide: (work, result, situation, moment) => decide(ports, work, result, situation, moment),
  };
}

/** Which credentials the account has now; read only where it matters, when those that were used were refused. */
async function readCredentialsVersion(
  { accounts }: FetcherPorts,
  ref: AccountRef,
  result: FetchResult,
): Promise<number | null> {
  if (!isReport(result)) return null;
  if (governingFault(result)?.category !== "consent_lost") return result.credentialsVersion;
  return (await accounts.load(ref))?.credentialsVersion ?? null;
}

function decide(
  { attemptPolicy }: FetcherPorts,
  work: ClaimedWork,
  result: FetchResult,
  situation: FetchSituation,
  moment: Moment,
): Outcome {
  if (isRedrive(work)) return decideRedrive(work, result, situation, attemptPolicy, moment);
  return isChunk(work) ? decideChunk(work, result, situation, attemptPolicy, moment) : reject("no such work");
}

const isChunk = (work: ClaimedWork): work is ClaimedWork & { readonly item: ChunkItem } =>
  work.item.kind === "chunk";
const isRedrive = (work: ClaimedWork): work is ClaimedWork & { readonly item: RedriveItem } =>
  work.item.kind === "redrive";

function parseWork(delivery: Delivery): Parsed<ClaimedWork> {
  const ref = parseAccountRef(delivery.subject);
  const lane = parseLane(delivery.subject);
  const item = fetchItemSchema.safeParse(parseJson(delivery.body));
  if (ref === null || lane === null || !item.success) {
    return { ok: false, outcome: reject(`not a chunk: ${delivery.subject}`) };
  }
  const { deliveryCount, storedAtMs } = delivery;
  return { ok: true, input: { ref, lane, item: item.data, deliveryCount, enqueuedAtMs: storedAtMs } };
}

/** A baseline is taken once a sync and round; more of them within one delivery mean that something is wrong. */
const baselinesMax = 5;

/** Fetches anew when a look at the whole mailbox begins meanwhile; mostly the work has become void by it. */
async function performFetch(
  ports: FetcherPorts,
  work: ClaimedWork,
  context: StepContext,
): Promise<FetchResult> {
  for (let baselines = 1; ; baselines++) {
    try {
      return await fetchOnce(ports, work, context);
    } catch (error) {
      if (!(error instanceof BaselineMovedError) || baselines === baselinesMax) throw error;
    }
  }
}

async function fetchOnce(ports: FetcherPorts, work: ClaimedWork, context: StepContext): Promise<FetchResult> {
  const why = await readWhyVoid(ports, work);
  if (why !== null) return { kind: "void", why, mail: await leftMail(ports, work, why) };
  const account = await ports.accounts.load(work.ref);
  if (account === null) return { kind: "account_removed" }; // nothing of it may be stored any more
  const { lane, item } = work;
  const session = ports.provider.connect({ ...account, lane, hasWaited: item.hasWaited });
  const { credentialsVersion, baseline } = account;
  const fetching = { ...work, baseline };
  const attachments = account.attachments === "eager" ? ports.attachments : keepsNone;
  const report = await guardClaim(ports, work, context, async (plan) => {
    const stored = await storeChunk({ ...ports, attachments }, session, fetching, plan, context);
    return { ...stored, credentialsVersion };
  });
  return confirmFaults(session, ports.store, work, report, context);
}

const keepsNone: AttachmentKeeper = { keep: async () => new Map() };

/** What was stored of work that is not to be settled. Of what is settled, and of letters, nothing is to be told. */
async function leftMail({ store }: FetcherPorts, work: ClaimedWork, why: string): Promise<ChangedMail> {
  if (why === settledBefore || isRedrive(work)) return { added: [], changed: [], deleted: [] };
  return store.mailOf(work);
}

async function readWhyVoid({ state }: FetcherPorts, { ref, item }: ClaimedWork): Promise<string | null> {
  if (item.kind === "redrive") return whyRedriveIsVoid(item, await letterProgress(state, ref, item.syncId));
  const [at, checkpoint] = await Promise.all([state.course(ref), state.progress(ref, item.syncId)]);
  return whyVoid(item, at, checkpoint);
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
