import { setTimeout as sleep } from "node:timers/promises";
import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import { z } from "zod";
import { type BudgetState, freshBudget } from "../quota/budget.ts";
import type { BudgetStore } from "../quota/budget-store.ts";
import type { Nats } from "./connect-nats.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { quotaStream } from "./topology.ts";

const conflictsMax = 50;
const conflictPauseMsMax = 5;
/** Budgets that this process has used last, with the sequence of what it wrote: it need not read them again. */
const knownMax = 10_000;

const budgetSchema = z.object({
  given: z.array(z.tuple([z.int(), z.number().nonnegative()])),
  share: z.number().positive().max(1),
  shareAtMs: z.number(),
  coolUntilMs: z.number(),
  paceMs: z.number(),
  queueMs: z.number(),
  backMs: z.number(),
  day: z.object({ startMs: z.number(), units: z.number() }).nullable(),
});

interface Known {
  readonly state: BudgetState;
  /** Of the newest message of the subject; 0 when there is none. */
  readonly seq: number;
}

/**
 * Budgets as the newest messages of subjects, in the broker's memory, written with compare-and-set. Within this process
 * one after the other; between processes whoever comes second does it again.
 */
export function natsBudgetStore(nats: Nats): BudgetStore {
  const known = new Map<string, Known>();
  const turns = new Map<string, Promise<unknown>>();

  async function readKnown(key: string): Promise<Known> {
    const message = await nats.jsm.streams.getMessage(quotaStream.name, { last_by_subj: subjectOf(key) });
    if (message === null) return { state: freshBudget, seq: 0 };
    return { state: budgetSchema.safeParse(message.json()).data ?? freshBudget, seq: message.seq };
  }

  function remember(key: string, entry: Known): void {
    known.delete(key);
    known.set(key, entry);
    const [oldest] = known.keys();
    if (known.size > knownMax && oldest !== undefined) known.delete(oldest);
  }

  async function write<T>(key: string, change: Parameters<BudgetStore["update"]>[1]): Promise<T> {
    for (let conflicts = 0; ; conflicts++) {
      const before = known.get(key) ?? (await readKnown(key));
      const { state, result } = change(before.state);
      if (state === before.state) return result as T;
      try {
        const expect = { streamName: quotaStream.name, lastSubjectSequence: before.seq };
        const { seq } = await nats.js.publish(subjectOf(key), JSON.stringify(state), { expect });
        remember(key, { state, seq });
        return result as T;
      } catch (error) {
        known.delete(key);
        if (!isConflict(error)) await ensureTopology(nats).catch(() => {}); // somebody may have deleted the stream
        if (!isConflict(error) || conflicts >= conflictsMax) throw error;
        await sleep(Math.random() * conflictPauseMsMax);
      }
    }
  }

  return {
    read: async (key) => (await readKnown(key)).state,
    update(key, change) {
      const turn = (turns.get(key) ?? Promise.resolve()).then(() => write<never>(key, change));
      const settled = turn
        .catch(() => {})
        .then(() => {
          if (turns.get(key) === settled) turns.delete(key);
        });
      turns.set(key, settled);
      return turn;
    },
  };
}

const subjectOf = (key: string): string => `quota.${key}`;

const isConflict = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence;
