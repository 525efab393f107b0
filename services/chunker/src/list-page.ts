import { isPaused } from "@millrace/shared/events/evolve-course";
import { parseAccountRef } from "@millrace/shared/events/subjects";
import { listingItemSchema } from "@millrace/shared/events/work-item";
import { confirmConsentLoss } from "@millrace/shared/providers/confirm-consent-loss";
import { reject } from "@millrace/shared/runtime/outcome";
import type { Delivery, Parsed, Step, StepContext } from "@millrace/shared/runtime/step";
import { pageDue, readSituation } from "@millrace/shared/steps/sync-situation";
import { askForPage } from "./ask-for-page.ts";
import type { ChunkerPorts } from "./chunker-ports.ts";
import {
  type ClaimedListing,
  decideListing,
  type ListingReport,
  type ListingSituation,
} from "./decide-listing.ts";

type ListPorts = Pick<
  ChunkerPorts,
  "state" | "accounts" | "provider" | "mailboxes" | "findings" | "verifier" | "attemptPolicy" | "nowMs"
>;

/**
 * Step "list". Consumes `list` items of `WORK`: asks for the page of a sync that is due, whatever its stage; emits
 * `page.listed`.
 */
export function createListPage(ports: ListPorts): Step<ClaimedListing, ListingReport, ListingSituation> {
  return {
    name: "list-page",
    parse: parseListing,
    perform: (claimed, context) => performListing(ports, claimed, context),
    gather: async ({ ref, item }) => {
      const [at, account, { page: newestPage, seq: newestPageSeq }] = await Promise.all([
        ports.state.course(ref),
        ports.accounts.load(ref),
        ports.state.newestPageAt(ref, item.syncId),
      ]);
      return { ...at, credentialsVersion: account?.credentialsVersion ?? null, newestPage, newestPageSeq };
    },
    decide: (claimed, report, situation, moment) =>
      decideListing(claimed, report, situation, ports.attemptPolicy, moment),
  };
}

function parseListing(delivery: Delivery): Parsed<ClaimedListing> {
  const ref = parseAccountRef(delivery.subject);
  const item = listingItemSchema.safeParse(parseJson(delivery.body));
  if (ref === null || !item.success || item.data.kind !== "list") {
    return { ok: false, outcome: reject(`not a listing: ${delivery.subject}`) };
  }
  return { ok: true, input: { ref, item: item.data, enqueuedAtMs: delivery.storedAtMs } };
}

async function performListing(
  ports: ListPorts,
  { ref, item }: ClaimedListing,
  context: StepContext,
): Promise<ListingReport> {
  const [situation, account] = await Promise.all([
    readSituation(ports.state, ref, item.syncId),
    ports.accounts.load(ref),
  ]);
  if (situation?.active.run !== item.run) return { kind: "void", why: "the sync has ended, or began anew" };
  const { active, newestPage: before } = situation;
  if (isPaused(situation.course, item.syncId)) return { kind: "void", why: "the sync is paused" };
  const due = pageDue(situation);
  if (due?.pageNumber !== item.pageNumber) return { kind: "void", why: "listed before, or not due yet" };
  if (account === null) return { kind: "account_removed" };
  const session = ports.provider.connect(account);
  const answer = await askForPage(ports, session, { ref, active, due, before }, context);
  if (answer.kind === "content") {
    const { round } = active;
    // The watermark is that of the first page: who has joined the sync since is not covered by those after it.
    const joined = due.isNext ? (before?.joined ?? active.joined) : active.joined;
    const { content, labelsRemoved } = answer;
    return { kind: "listed", content, labelsRemoved, stage: due.stage, round, joined, before };
  }
  const { fault, gotFurther = false } = answer;
  return {
    kind: "fault",
    fault: await confirmConsentLoss(session, fault, item.history.streak, context.signal),
    gotFurther,
    stage: due.stage,
    isNext: due.isNext,
    credentialsVersion: account.credentialsVersion,
  };
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
