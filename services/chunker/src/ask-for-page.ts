import type { ActiveSync } from "@millrace/shared/events/account-course";
import { derivedId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type {
  MailLabel,
  ProviderFault,
  ProviderResult,
  ProviderSession,
} from "@millrace/shared/providers/mail-provider";
import type { StepContext } from "@millrace/shared/runtime/step";
import type { Page } from "@millrace/shared/steps/cut-chunks";
import type { PageDue } from "@millrace/shared/steps/sync-situation";
import type { ChunkerPorts } from "./chunker-ports.ts";
import { readChanges } from "./read-changes.ts";

const idsPerPage = 500;
/** A provider that forgets its watermarks while a mailbox is listed is not asked for changes any more. */
export const roundsMax = 2;

/** What a page holds, whatever stage it belongs to. */
export type PageContent = Pick<
  Page,
  | "messageIds"
  | "nextPageToken"
  | "estimatedTotal"
  | "baseline"
  | "since"
  | "watermark"
  | "hadCopy"
  | "changes"
>;

export type Answer =
  | {
      readonly kind: "content";
      readonly content: PageContent;
      /** Labels that are not in the mailbox any more. */
      readonly labelsRemoved: readonly string[];
    }
  | { readonly kind: "fault"; readonly fault: ProviderFault; readonly gotFurther?: boolean };

/** What is asked for: the page of a sync that is due, and the one before it. */
export interface PageAsked {
  readonly ref: AccountRef;
  readonly active: ActiveSync;
  readonly due: PageDue;
  readonly before: Page | null;
}

type AskPorts = Pick<ChunkerPorts, "mailboxes" | "findings" | "verifier" | "nowMs">;
type Context = Pick<StepContext, "signal" | "progressed">;

const nothing: PageContent = {
  messageIds: [],
  nextPageToken: null,
  estimatedTotal: null,
  baseline: null,
  since: null,
  watermark: null,
  hadCopy: false,
  changes: null,
};

/** Asks for the page that is due: the provider, or the findings of a verification. */
export function askForPage(
  ports: AskPorts,
  session: ProviderSession,
  asked: PageAsked,
  context: StepContext,
): Promise<Answer> {
  switch (asked.due.stage) {
    case "listing":
      return askForListing(ports, session, asked, context);
    case "findings":
      return askForFindings(ports, asked, asked.active.repairOf ?? "");
    case "reconcile":
      return askForDifferences(ports, session, asked, context);
    case "changes":
      return askForChanges(ports, session, asked, context);
  }
}

/**
 * The next ids of a mailbox; before the first its watermark, so that nothing falls between listing and changes, and
 * whether mail of it is stored already.
 */
async function askForListing(
  ports: AskPorts,
  session: ProviderSession,
  { ref, active, due, before }: PageAsked,
  { signal }: Context,
): Promise<Answer> {
  const isWhole = active.plan.includes("changes");
  if (!due.isNext && isWhole) await ports.mailboxes.takeBaseline(ref);
  const start = due.isNext ? null : await session.getProfile(signal);
  if (start !== null && !start.ok) return faulty(start.fault);
  const hadCopy = start === null ? before?.hadCopy === true : await ports.mailboxes.hadCopy(ref);
  const { query, labelIds } = active.scope;
  const pageToken = due.isNext ? (before?.nextPageToken ?? undefined) : undefined;
  const listed = await session.listPage({ query, labelIds, pageToken, idsMax: idsPerPage }, signal);
  if (!listed.ok) return faulty(listed.fault);
  const { ids, nextPageToken, estimatedTotal } = listed.value;
  const baseline = start?.value.watermark ?? null;
  return given({
    messageIds: [...ids],
    nextPageToken,
    // Of a whole mailbox the profile has the exact number; a listing's estimate is rough.
    estimatedTotal: isWhole
      ? (start?.value.messagesTotal ?? before?.estimatedTotal ?? estimatedTotal)
      : estimatedTotal,
    baseline,
    since: isWhole ? (baseline ?? before?.since ?? null) : null,
    hadCopy,
  });
}

/** The next messages that a verification found. */
async function askForFindings(
  { findings }: AskPorts,
  { ref, due, before }: PageAsked,
  verificationId: string,
): Promise<Answer> {
  const pageToken = due.isNext ? (before?.nextPageToken ?? null) : null;
  const { ids, nextPageToken } = await findings(ref, verificationId, pageToken, idsPerPage);
  const { since = null, estimatedTotal = null, hadCopy = false } = before ?? {};
  return given({ messageIds: [...ids], nextPageToken, since, estimatedTotal, hadCopy });
}

/** What of an earlier copy is not as the mailbox has it any more; found by a verification of the sync's own. */
async function askForDifferences(
  ports: AskPorts,
  session: ProviderSession,
  asked: PageAsked,
  context: StepContext,
): Promise<Answer> {
  const { ref, active, due, before } = asked;
  // A log that was lost makes the sync list anew: what an earlier listing was compared with may have changed since.
  const verificationId = derivedId("ver", active.syncId, String(active.round), before?.since ?? "");
  if (!due.isNext) {
    await ports.verifier.begin(ref, verificationId, active.syncId);
    const outcome = await ports.verifier.run(session, ref, verificationId, context);
    if (outcome.kind === "over")
      return faulty({ category: "transient", message: `The comparison was interrupted: ${outcome.why}` });
    if (outcome.kind === "fault")
      return { kind: "fault", fault: outcome.fault, gotFurther: outcome.gotFurther };
  }
  return askForFindings(ports, asked, verificationId);
}

/** What has happened since the watermark; and the labels as they are called now, which no change tells of. */
async function askForChanges(
  ports: AskPorts,
  session: ProviderSession,
  { ref, active, due, before }: PageAsked,
  context: Context,
): Promise<Answer> {
  const since = sinceOf(active, due, before);
  const { estimatedTotal = null, hadCopy = false } = before ?? {};
  const carried = { estimatedTotal, hadCopy, since };
  if (since === null) return given(carried);
  const pageToken = due.isNext ? (before?.nextPageToken ?? null) : null;
  const [read, firstLook] = await Promise.all([
    readChanges(session, since, pageToken, context),
    due.isNext ? null : lookAtLabels(ports, session, context),
  ]);
  if (!read.ok && read.fault.category === "watermark_expired" && active.round >= roundsMax)
    return given(carried);
  if (!read.ok) return faulty(read.fault);
  if (firstLook !== null && !firstLook.ok) return faulty(firstLook.fault);
  const { changes, nextPageToken, watermark } = read.value;
  // A label that the look beside the changes did not find may have been made after it, or deleted before it.
  const isKnown = [...changes.values()].every(({ added }) =>
    added.every((id) => firstLook?.value.ids.has(id)),
  );
  const look = isKnown ? firstLook : await lookAtLabels(ports, session, context);
  if (look !== null && !look.ok) return faulty(look.fault);
  const labelsRemoved =
    look === null ? [] : await ports.mailboxes.saveLabels(ref, look.value.labels, look.value.seenAtMs);
  const content = {
    ...carried,
    messageIds: [...changes.keys()],
    // Labels that were given and deleted later, which no change tells of, are not found by a look after the changes.
    changes: [...changes.values()].map((change) => ({
      ...change,
      added: change.added.filter((id) => look?.value.ids.has(id)),
    })),
    nextPageToken,
    watermark: due.isNext ? (before?.watermark ?? watermark) : watermark,
  };
  return given(content, labelsRemoved);
}

interface LabelLook {
  readonly labels: readonly MailLabel[];
  readonly ids: ReadonlySet<string>;
  /** Before they were asked for. */
  readonly seenAtMs: number;
}

async function lookAtLabels(
  { nowMs }: AskPorts,
  session: ProviderSession,
  { signal }: Context,
): Promise<ProviderResult<LabelLook>> {
  const seenAtMs = nowMs();
  const labels = await session.listLabels(signal);
  if (!labels.ok) return labels;
  const ids = new Set(labels.value.map(({ id }) => id));
  return { ok: true, value: { labels: labels.value, ids, seenAtMs } };
}

/** Where changes are read from: where the last ones ended, else the baseline of the listing, else the account's watermark. */
function sinceOf(active: ActiveSync, { isNext }: PageDue, before: Page | null): string | null {
  if (before === null || before.round < active.round) return active.since;
  return before.stage === "changes" && !isNext ? before.watermark : before.since;
}

const given = (content: Partial<PageContent>, labelsRemoved: readonly string[] = []): Answer => ({
  kind: "content",
  content: { ...nothing, ...content },
  labelsRemoved,
});

const faulty = (fault: ProviderFault): Answer => ({ kind: "fault", fault });
