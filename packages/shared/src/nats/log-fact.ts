import type { Fact } from "../events/facts.ts";
import type { AccountRef } from "../events/subjects.ts";
import type { Logger } from "../runtime/create-logger.ts";
import { labelsOfFact } from "../telemetry/work-labels.ts";

type Level = "debug" | "info" | "warn";

/** What is worth a line where nobody looks for faults: the course of syncs. Chunks are many, and told in the log itself. */
const levels: Readonly<Partial<Record<Fact["type"], Level>>> = {
  "chunk.fetched": "debug",
  "chunk.abandoned": "debug",
  "chunk.dead_lettered": "warn",
  "request.rejected": "warn",
  "sync.failed": "warn",
  "sync.stalled": "warn",
};

/** One line for a fact that is new in the log: what was decided, of which sync, and the numbers that matter. */
export function logFact(log: Logger, { tenantId, accountId }: AccountRef, fact: Fact): void {
  const line = {
    event: fact.type,
    "tenant.id": tenantId,
    "account.id": accountId,
    ...labelsOfFact(fact),
    ...numbersOf(fact),
  };
  log[levels[fact.type] ?? "info"](line, "noted");
}

/** Counts and words of ours: no message of the provider's, no id of a mail, no search expression. */
function numbersOf(fact: Fact): object {
  switch (fact.type) {
    case "sync.started":
      return { mode: fact.sync.mode, trigger: fact.request.trigger };
    case "sync.coalesced":
      return { into: fact.into };
    case "sync.queued":
      return { behind: fact.behind };
    case "sync.paused":
      return { reason: fact.reason };
    case "sync.completed":
      return { status: fact.status, ledger: fact.ledger, chunkCount: fact.chunkCount };
    case "sync.failed":
    case "watch.failed":
      return { category: fact.category };
    case "page.listed":
      return { page: fact.pageNumber, stage: fact.stage, messages: fact.messageIds.length };
    case "chunk.dead_lettered":
      return { category: fact.category };
    case "chunk.attempt_failed":
    case "page.attempt_failed":
      return { category: fact.category, attempt: fact.attempt, next: fact.next };
    case "dead_letters.redriven":
    case "dead_letters.settled":
    case "dead_letters.refused":
    case "dead_letters.forgotten":
      return { letters: fact.letters.length };
    case "messages.removed":
      return { messages: fact.messageIds.length };
    case "retention.ran":
      return { run: fact.runId, task: fact.task };
    case "blobs.removed":
      return { run: fact.runId, blobs: fact.sha256.length };
    case "syncs.forgotten":
      return { syncs: fact.syncIds.length };
    default:
      return {};
  }
}
