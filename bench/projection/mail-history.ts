import { Random } from "@millrace/gmail-simulator/random";
import type { Fact } from "@millrace/shared/events/facts";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { type HistoryAccount, newAccount, syncHistory, type Told } from "./sync-history.ts";

const tenantCount = 20;
const accountCount = 1_000;
/** Syncs that are under way at any time: what one batch is about. */
const syncsAtOnce = 50;
const beginsMs = Date.UTC(2026, 0, 1);

export interface HistoryEvent extends Told {
  readonly ref: AccountRef;
  readonly atMs: number;
}

/** What views of a history must say. */
export interface Tally {
  events: number;
  syncs: number;
  completed: number;
  partial: number;
  chunks: number;
  settledChunks: number;
  stored: number;
  letters: number;
}

/**
 * What happens to a thousand accounts of twenty tenants, fifty syncs at a time, each moved on by chance. The same from
 * every beginning on, and made as it is asked for: nothing is held but where each account stands.
 */
export class MailHistory {
  readonly tally: Tally = {
    events: 0,
    syncs: 0,
    completed: 0,
    partial: 0,
    chunks: 0,
    settledChunks: 0,
    stored: 0,
    letters: 0,
  };
  readonly #random = new Random(1);
  readonly #accounts = Array.from({ length: accountCount }, (_, n) =>
    newAccount({ tenantId: `tenant-${n % tenantCount}`, accountId: `acc_${n}` }),
  );
  readonly #running: { account: HistoryAccount; facts: Generator<Told> }[] = [];
  #begun = 0;

  next(): HistoryEvent {
    const slot = this.#random.below(syncsAtOnce);
    for (;;) {
      const running = this.#running[slot] ?? this.#begin();
      this.#running[slot] = running;
      const told = running.facts.next();
      if (told.done !== true) return this.#note(running.account.ref, told.value);
      this.#running[slot] = this.#begin();
    }
  }

  /** The next so many. */
  take(count: number): HistoryEvent[] {
    return Array.from({ length: count }, () => this.next());
  }

  /** Of all accounts in turn: far fewer are under way than there are, so no account has two syncs. */
  #begin(): { account: HistoryAccount; facts: Generator<Told> } {
    const account = this.#accounts[this.#begun++ % accountCount] as HistoryAccount;
    return { account, facts: syncHistory(account, this.#random, () => this.#nowMs()) };
  }

  #nowMs(): number {
    return beginsMs + this.tally.events;
  }

  #note(ref: AccountRef, told: Told): HistoryEvent {
    const atMs = this.#nowMs();
    count(this.tally, told.fact);
    return { ref, atMs, ...told };
  }
}

function count(tally: Tally, fact: Fact): void {
  tally.events++;
  if (fact.type === "sync.started") tally.syncs++;
  if (fact.type === "page.listed") tally.chunks += fact.chunkCount;
  if (fact.type === "chunk.fetched") {
    tally.settledChunks++;
    tally.stored += fact.ledger.stored;
    tally.letters += fact.letters.length;
  }
  if (fact.type === "sync.completed") tally[fact.status]++;
}
