import { faultCategorySchema, nextAfterAttemptSchema } from "../../events/attempt.ts";
import { type Fact, factSchema } from "../../events/facts.ts";
import { isBalanced, type Ledger } from "../../events/ledger.ts";
import { counter } from "./counter.ts";

const categories = faultCategorySchema.options;
const lanes = ["live", "bulk"] as const;

const facts = counter({
  name: "millrace.facts",
  unit: "{fact}",
  description: "Facts that were appended to the log",
  from: "all",
  attributes: { "millrace.fact": factSchema.options.map(({ shape }) => shape.type.value) },
});

const syncsEnded = counter({
  name: "millrace.syncs.ended",
  unit: "{sync}",
  description: "Syncs that came to an end, by how",
  from: "all",
  attributes: { "millrace.status": ["completed", "partial", "failed", "cancelled", "coalesced"] },
});

const ledgerImbalances = counter({
  name: "millrace.ledger.imbalances",
  unit: "{sync}",
  description: "Syncs that ended with listed messages that nothing explains. Must be 0",
  from: "chunker",
  attributes: {},
});

const messagesSettled = counter({
  name: "millrace.messages.settled",
  unit: "{message}",
  description: "Listed messages of which it is known what became of them, by that",
  from: "fetcher",
  attributes: {
    "millrace.lane": lanes,
    "millrace.outcome": ["stored", "unchanged", "gone", "dead_lettered"],
  },
});

const chunksSettled = counter({
  name: "millrace.chunks.settled",
  unit: "{chunk}",
  description: "Chunks that were settled; `dead_lettered`: as a whole",
  from: "fetcher",
  attributes: { "millrace.lane": lanes, "millrace.outcome": ["fetched", "dead_lettered"] },
});

const attemptsFailed = counter({
  name: "millrace.attempts.failed",
  unit: "{attempt}",
  description: "Attempts at a piece of work that did not settle it, by why and by what follows",
  from: "chunker, fetcher",
  attributes: {
    "millrace.work": ["chunk", "page", "redrive"],
    "error.type": categories,
    "millrace.next": nextAfterAttemptSchema.options,
  },
});

const deadLetters = counter({
  name: "millrace.dead_letters.added",
  unit: "{message}",
  description: "Messages that were set aside, by why",
  from: "fetcher",
  attributes: { "error.type": categories },
});

const consentsLost = counter({
  name: "millrace.consent.lost",
  unit: "{sync}",
  description: "Syncs that paused because the provider refuses the mailbox",
  from: "chunker, fetcher",
  attributes: {},
});

const differences = counter({
  name: "millrace.verification.differences",
  unit: "{message}",
  description: "What comparisons of a mailbox with the store have found",
  from: "chunker",
  attributes: { "millrace.difference": ["missing", "extra", "changed"] },
});

/** Called once for each fact that the log has taken, by whoever appended it. */
export function countFact(fact: Fact): void {
  facts.add(1, { "millrace.fact": fact.type });
  switch (fact.type) {
    case "sync.completed":
      syncsEnded.add(1, { "millrace.status": fact.status });
      if (!isBalanced(fact.ledger)) ledgerImbalances.add(1, {});
      return;
    case "sync.failed":
      syncsEnded.add(1, { "millrace.status": "failed" });
      if (fact.category === ledgerImbalance) ledgerImbalances.add(1, {});
      return;
    case "sync.cancelled":
      syncsEnded.add(1, { "millrace.status": "cancelled" });
      return;
    case "account.removal_requested":
      syncsEnded.add(fact.cancelled.length, { "millrace.status": "cancelled" });
      return;
    case "sync.coalesced":
      syncsEnded.add(1, { "millrace.status": "coalesced" });
      return;
    case "sync.paused":
      if (fact.reason === "consent_lost") consentsLost.add(1, {});
      return;
    case "chunk.fetched":
    case "chunk.dead_lettered":
      countChunk(fact);
      return;
    case "chunk.attempt_failed":
      countAttempt(fact.isRedrive ? "redrive" : "chunk", fact);
      return;
    case "page.attempt_failed":
      countAttempt("page", fact);
      return;
    case "account.verified":
      for (const difference of ["missing", "extra", "changed"] as const)
        differences.add(fact[difference], { "millrace.difference": difference });
      return;
    default:
      return;
  }
}

/** How the chunker says it of a sync whose remainder nothing explains (decide-advance.ts). */
const ledgerImbalance = "ledger_imbalance";

type Settled = Extract<Fact, { type: "chunk.fetched" | "chunk.dead_lettered" }>;

function countChunk(fact: Settled): void {
  const lane = { "millrace.lane": fact.lane };
  const outcome = fact.type === "chunk.fetched" ? "fetched" : "dead_lettered";
  chunksSettled.add(1, { ...lane, "millrace.outcome": outcome });
  for (const [share, name] of Object.entries(outcomeOf) as [keyof typeof outcomeOf, string][])
    if (fact.ledger[share] > 0)
      messagesSettled.add(fact.ledger[share], { ...lane, "millrace.outcome": name });
  for (const { category } of fact.letters) deadLetters.add(1, { "error.type": category });
}

const outcomeOf = {
  stored: "stored",
  unchanged: "unchanged",
  gone: "gone",
  deadLettered: "dead_lettered",
} as const satisfies Partial<Record<keyof Ledger, string>>;

type FailedAttempt = Extract<Fact, { type: "chunk.attempt_failed" | "page.attempt_failed" }>;

function countAttempt(work: "chunk" | "page" | "redrive", { category, next }: FailedAttempt): void {
  attemptsFailed.add(1, { "millrace.work": work, "error.type": category, "millrace.next": next });
}
