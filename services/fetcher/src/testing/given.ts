import { noProgress } from "@millrace/shared/events/chunk-progress";
import type { ChunkItem, RedriveItem } from "@millrace/shared/events/work-item";
import type { MailMessage } from "@millrace/shared/mail/mail-message";
import type { ProviderFault } from "@millrace/shared/providers/mail-provider";
import type { Effect, Outcome } from "@millrace/shared/runtime/outcome";
import {
  givenActive,
  givenChunkItem,
  givenCourse,
  givenRedriveItem,
  ref,
} from "@millrace/shared/testing/given";
import type { FetchSituation } from "../decide-chunk.ts";
import type { FetchReport, MessageOutcome } from "../fetch-report.ts";
import type { FetchingWork } from "../fetcher-ports.ts";

/** Before the first look at the whole mailbox. */
type Claimed<Item> = FetchingWork & { readonly item: Item };

const claimed = { ref, lane: "bulk", deliveryCount: 1, enqueuedAtMs: 77, baseline: null } as const;

/** The chunk 3 of s1, with the messages a to d. */
export const givenChunk = (
  item: Partial<ChunkItem> = {},
  more: Partial<FetchingWork> = {},
): Claimed<ChunkItem> => ({
  ...claimed,
  ...more,
  item: givenChunkItem(item),
});

/** The dead letters 5 to 7 of s1, which are the messages a to c. */
export const givenRedrive = (
  item: Partial<RedriveItem> = {},
  more: Partial<FetchingWork> = {},
): Claimed<RedriveItem> => ({ ...claimed, ...more, item: givenRedriveItem(item) });

/** s1 runs, and nothing of it is settled. */
export const givenSituation = (more: Partial<FetchSituation> = {}): FetchSituation => ({
  at: { course: givenCourse({ active: givenActive("s1") }), seq: 9 },
  checkpoint: { progress: noProgress, seq: 41 },
  credentialsVersion: 1,
  pages: [],
  ...more,
});

export const faultOf = (
  category: ProviderFault["category"],
  more: Partial<ProviderFault> = {},
): ProviderFault => ({ category, message: `it is ${category}`, ...more });

export const open = (category: ProviderFault["category"], more?: Partial<ProviderFault>): MessageOutcome => ({
  kind: "open",
  fault: faultOf(category, more),
});
export const letter = (category: ProviderFault["category"] | "crash_loop" = "bad_item"): MessageOutcome => ({
  kind: "letter",
  category,
  message: `it is ${category}`,
});

type Told = MessageOutcome | "stored" | "unchanged" | "gone";

/** What became of each message. */
export const givenReport = (
  outcomes: Readonly<Record<string, Told>>,
  more: Partial<FetchReport> = {},
): FetchReport => ({
  outcomes: new Map(
    Object.entries(outcomes).map(([id, told]) => [id, typeof told === "string" ? { kind: told } : told]),
  ),
  storedBefore: 0,
  mail: { added: [], changed: [], deleted: [] },
  credentialsVersion: 1,
  ...more,
});

export const effectsOf = (outcome: Outcome): readonly Effect[] =>
  "effects" in outcome ? outcome.effects : [];
export const appended = (outcome: Outcome) =>
  effectsOf(outcome).flatMap((effect) => (effect.kind === "append" ? [effect] : []));
export const factsOf = (outcome: Outcome) => appended(outcome).map(({ fact }) => fact);
export const enqueued = (outcome: Outcome) =>
  effectsOf(outcome).flatMap((effect) => (effect.kind === "enqueue" ? [effect] : []));

export const givenMessage = (id: string, more: Partial<MailMessage> = {}): MailMessage => ({
  id,
  threadId: `t-${id}`,
  historyId: "18446744073709551615",
  labelIds: ["INBOX", 'odd "label", {with} \\ everything'],
  hiddenAs: null,
  receivedAt: new Date("2026-01-01T00:00:00Z"),
  sizeBytes: 1234,
  snippet: "snippet",
  headers: [["Subject", "Grüße"]],
  subject: "Grüße aus Köln",
  sentAt: null,
  messageIdHeader: "<1@example.com>",
  inReplyTo: null,
  references: ["<0@example.com>"],
  from: [{ name: "Zoë", address: "zoe@example.com" }],
  sender: [],
  replyTo: [],
  to: [],
  cc: [],
  bcc: [],
  text: "the quick brown fox",
  html: null,
  attachments: [],
  content: "full",
  raw: null,
  rawSha256: null,
  defects: [],
  ...more,
});
