import type { ActiveSync } from "@millrace/shared/events/account-course";
import { isPaused } from "@millrace/shared/events/evolve-course";
import { parseAccountRef } from "@millrace/shared/events/subjects";
import { listingItemSchema } from "@millrace/shared/events/work-item";
import type { Account } from "@millrace/shared/postgres/load-account";
import { confirmConsentLoss } from "@millrace/shared/providers/confirm-consent-loss";
import type { ProviderFault } from "@millrace/shared/providers/mail-provider";
import { reject } from "@millrace/shared/runtime/outcome";
import type { Delivery, Parsed, Step, StepContext } from "@millrace/shared/runtime/step";
import type { Page } from "@millrace/shared/steps/cut-chunks";
import { type ChunkerPorts, openSession } from "./chunker-ports.ts";
import {
  type ClaimedListing,
  decideListing,
  type ListingReport,
  type ListingSituation,
} from "./decide-listing.ts";

const idsPerPage = 500;

type ListPorts = Pick<ChunkerPorts, "state" | "accounts" | "provider" | "findings" | "attemptPolicy">;

/**
 * Step "list". Consumes `list` items of `WORK`: asks the provider for the next page of a listing (before the first,
 * for the mailbox's watermark: the baseline, so that nothing falls between the two); emits `page.listed`.
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
  { signal }: StepContext,
): Promise<ListingReport> {
  const { course } = await ports.state.course(ref);
  const { active } = course;
  if (active?.syncId !== item.syncId || active.run !== item.run) {
    return { kind: "void", why: "the sync has ended, or began anew" };
  }
  if (isPaused(course, item.syncId)) return { kind: "void", why: "the sync is paused" };
  const before = await ports.state.newestPage(ref, item.syncId);
  const isNext = before === null ? item.pageNumber === 0 : item.pageNumber === before.pageNumber + 1;
  if (!isNext || (before !== null && before.nextPageToken === null)) {
    return { kind: "void", why: "listed before" };
  }
  const account = await ports.accounts.load(ref);
  if (account === null) return { kind: "account_removed" };
  if (active.repairOf !== undefined) {
    const findings = await ports.findings(ref, active.repairOf, before?.nextPageToken ?? null, idsPerPage);
    return { kind: "listed", page: { ...findings, estimatedTotal: null }, before, baseline: null };
  }
  return askProvider(ports, active, account, before, item.history.streak, signal);
}

async function askProvider(
  { provider }: ListPorts,
  active: ActiveSync,
  account: Account,
  before: Page | null,
  refusedBefore: number,
  signal: AbortSignal,
): Promise<ListingReport> {
  const session = openSession(provider, account);
  const failed = async (fault: ProviderFault): Promise<ListingReport> => ({
    kind: "fault",
    fault: await confirmConsentLoss(session, fault, refusedBefore, signal),
    credentialsVersion: account.credentialsVersion,
  });
  const profile = before === null ? await session.getProfile(signal) : null;
  if (profile !== null && !profile.ok) return failed(profile.fault);
  const { query, labelIds } = active.scope;
  const listed = await session.listPage(
    { query, labelIds, pageToken: before?.nextPageToken ?? undefined, idsMax: idsPerPage },
    signal,
  );
  if (!listed.ok) return failed(listed.fault);
  const isWhole = query === undefined && labelIds === undefined;
  // Of a whole mailbox the profile has the exact number; a listing's estimate is rough.
  const estimatedTotal = isWhole
    ? (profile?.value.messagesTotal ?? before?.estimatedTotal ?? listed.value.estimatedTotal)
    : listed.value.estimatedTotal;
  return {
    kind: "listed",
    page: { ...listed.value, estimatedTotal },
    before,
    baseline: profile?.value.watermark ?? null,
  };
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
