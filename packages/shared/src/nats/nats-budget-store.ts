import { setTimeout as sleep } from "node:timers/promises";
import { JetStreamApiError } from "@nats-io/jetstream";
import { z } from "zod";
import { type BudgetState, freshBudget } from "../quota/budget.ts";
import type { BudgetChange, BudgetStore } from "../quota/budget-store.ts";
import type { Nats } from "./connect-nats.ts";
import { ensureTopology, streamNotFound } from "./ensure-topology.ts";
import { isWrongSequence } from "./is-wrong-sequence.ts";
import { quotaStream } from "./topology.ts";

const conflictsMax = 200;
const conflictPauseMsMax = 10;
/** Budgets that this process has used last, with the sequence of what it wrote: it need not read them again. */
const knownMax = 10_000;

const budgetSchema = z.object({
  given: z.array(z.tuple([z.int(), z.number().nonnegative()])),
  share: z.number().positive().max(1),
  shareAtMs: z.number(),
  coolUntilMs: z.number(),
  paceMs: z.number(),
  queueMs: z.number(),
  firstMs: z.number(),
  day: z
    .object({ startMs: z.number(), units: z.number(), background: z.number().nonnegative().default(0) })
    .nullable(),
  backgroundMs: z.number().optional(),
});

interface Known {
  readonly state: BudgetState;
  /** Of the newest message of the subject; 0 when there is none. */
  readonly seq: number;
}

interface Waiting {
  readonly change: (state: BudgetState) => BudgetChange<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Budgets as the newest messages of subjects, in the broker's memory, written with compare-and-set. What this process
 * wants of a budget while a write is on its way is the next write, however much that is; between processes whoever
 * comes second does it again.
 */
export function natsBudgetStore(nats: Nats): BudgetStore {
  const own = { ...nats, share: { ...nats.share, streams: [quotaStream], consumers: [] } };
  const known = new Map<string, Known>();
  const queues = new Map<string, Waiting[]>();

  async function readKnown(key: string): Promise<Known> {
    const message = await nats.jsm.streams.getMessage(quotaStream.name, { last_by_subj: budgetSubject(key) });
    if (message === null) return { state: freshBudget, seq: 0 };
    return { state: budgetSchema.safeParse(message.json()).data ?? freshBudget, seq: message.seq };
  }

  function remember(key: string, entry: Known): void {
    known.delete(key);
    known.set(key, entry);
    const [oldest] = known.keys();
    if (known.size > knownMax && oldest !== undefined) known.delete(oldest);
  }

  async function write(key: string, changes: readonly Waiting["change"][]): Promise<readonly unknown[]> {
    for (let conflicts = 0; ; conflicts++) {
      try {
        const before = known.get(key) ?? (await readKnown(key));
        const { state, results } = applyAll(changes, before.state);
        if (state === before.state) return results;
        const expect = { streamName: quotaStream.name, lastSubjectSequence: before.seq };
        const { seq } = await nats.js.publish(budgetSubject(key), JSON.stringify(state), { expect });
        remember(key, { state, seq });
        return results;
      } catch (error) {
        known.delete(key);
        // A broker that was restarted has forgotten what was in its memory, the stream as well.
        if (!isWrongSequence(error)) await ensureTopology(own).catch(() => {});
        if (!isWrongSequence(error) || conflicts >= conflictsMax) throw error;
        await sleep(Math.random() * Math.min(conflicts + 1, conflictPauseMsMax));
      }
    }
  }

  async function drain(key: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const turn = queue.splice(0);
      try {
        const results = await write(
          key,
          turn.map(({ change }) => change),
        );
        turn.forEach(({ resolve }, i) => {
          resolve(results[i]);
        });
      } catch (error) {
        for (const { reject } of turn) reject(error);
      }
    }
    queues.delete(key);
  }

  return {
    async read(key) {
      try {
        return (await readKnown(key)).state;
      } catch (error) {
        if (error instanceof JetStreamApiError && error.code === streamNotFound) return freshBudget;
        throw error;
      }
    },
    update<T>(key: string, change: (state: BudgetState) => BudgetChange<T>): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      const waiting: Waiting = { change, resolve: (result) => resolve(result as T), reject };
      const queue = queues.get(key);
      if (queue === undefined) {
        const begun = [waiting];
        queues.set(key, begun);
        void drain(key, begun);
      } else queue.push(waiting);
      return promise;
    },
  };
}

function applyAll(
  changes: readonly Waiting["change"][],
  before: BudgetState,
): { readonly state: BudgetState; readonly results: readonly unknown[] } {
  let state = before;
  const results = changes.map((change) => {
    const changed = change(state);
    state = changed.state;
    return changed.result;
  });
  return { state, results };
}

/** Where the budget of a key stands. */
export const budgetSubject = (key: string): string => `quota.${key}`;
