import type { Fact } from "@millrace/shared/events/facts";
import type { MailMessage } from "@millrace/shared/mail/mail-message";
import type {
  FetchedMessage,
  ProviderFault,
  ProviderSession,
} from "@millrace/shared/providers/mail-provider";
import type { AppendEffect, Effect, Outcome } from "@millrace/shared/runtime/outcome";
import type { Moment } from "@millrace/shared/runtime/step";
import type { SyncSituation } from "@millrace/shared/steps/sync-situation";
import { isChunkSettled } from "../../../services/chunker/src/decide-advance.ts";
import type { AnyStep } from "../actors/deliver.ts";
import type { ConsumerName } from "../broker/memory-broker.ts";
import type { Mutations } from "../mutations.ts";

/** A mistake that somebody could make, and how many schedules it may take to be found. */
export interface PlantedBug {
  readonly name: string;
  readonly mutations: Mutations;
  /** Only schedules of this profile; absent: all of them. */
  readonly profile?: string;
  readonly seedsMax: number;
}

/** What is appended of these types expects nothing: whoever comes later wins as well. */
export const withoutExpectation = (...types: readonly Fact["type"][]): Mutations => ({
  append: (effect: AppendEffect) =>
    types.includes(effect.fact.type) ? { ...effect, expectedSeq: null } : effect,
});

/** Another decision of the step that one consumer runs. */
export function decision(
  consumer: ConsumerName,
  change: (outcome: Outcome, input: unknown) => Outcome,
): Mutations {
  return {
    step: (name, step): AnyStep =>
      name !== consumer && !(consumer === "bulk" && name === "live")
        ? step
        : {
            ...step,
            decide: (input: unknown, report: unknown, gathered: unknown, moment: Moment) =>
              change(step.decide(input, report, gathered, moment), input),
          },
  };
}

/** Another session with the provider. */
export const session = (change: (session: ProviderSession) => Partial<ProviderSession>): Mutations => ({
  ports: {
    provider: (provider) => ({
      ...provider,
      connect: (account) => {
        const real = provider.connect(account);
        const same: ProviderSession = {
          getProfile: (signal) => real.getProfile(signal),
          listPage: (request, signal) => real.listPage(request, signal),
          listLabels: (signal) => real.listLabels(signal),
          listChanges: (request, signal) => real.listChanges(request, signal),
          fetchMessages: (ids, content, signal) => real.fetchMessages(ids, content, signal),
          fetchAttachment: (id, attachment, signal) => real.fetchAttachment(id, attachment, signal),
        };
        return { ...same, ...change(real) };
      },
    }),
  },
});

/** Faults of single messages that are taken for another kind of fault. */
export function mistaken(category: ProviderFault["category"], taken: ProviderFault["category"]): Mutations {
  return session((real) => ({
    async *fetchMessages(ids, content, signal): AsyncIterable<FetchedMessage> {
      for await (const fetched of real.fetchMessages(ids, content, signal)) {
        const { id, result } = fetched;
        yield result.ok || result.fault.category !== category
          ? fetched
          : { id, result: { ok: false, fault: { ...result.fault, category: taken } } };
      }
    },
  }));
}

export const factOf = (input: unknown): Fact | null =>
  typeof input === "object" && input !== null && "event" in input
    ? (input as { event: { fact: Fact } }).event.fact
    : null;

export const isRedelivered = (input: unknown): boolean =>
  typeof input === "object" && input !== null && "deliveryCount" in input && Number(input.deliveryCount) > 1;

export const withoutWork = (outcome: Outcome): Outcome =>
  outcome.kind === "done"
    ? { kind: "done", effects: outcome.effects.filter((effect) => effect.kind !== "enqueue") }
    : outcome;

/** True for what settles a chunk. */
export const isSettlement = (effect: Effect): boolean =>
  effect.kind === "append" && isChunkSettled(effect.fact);

export const nothing: Outcome = { kind: "ignore", why: "planted" };

/** Another reading of a running sync, by the step that advances it. */
export const reading = (change: (situation: SyncSituation) => SyncSituation): Mutations => ({
  step: (name, step): AnyStep =>
    name !== "events"
      ? step
      : {
          ...step,
          gather: async (...args: Parameters<AnyStep["gather"]>) => {
            const gathered = await step.gather(...args);
            return gathered.kind === "running"
              ? { ...gathered, situation: change(gathered.situation) }
              : gathered;
          },
        },
});

/** Facts of one type say something else. */
export const saying = <T extends Fact["type"]>(
  type: T,
  change: (fact: Extract<Fact, { type: T }>) => Extract<Fact, { type: T }>,
): Mutations => ({
  append: (effect: AppendEffect) =>
    effect.fact.type === type
      ? { ...effect, fact: change(effect.fact as Extract<Fact, { type: T }>) }
      : effect,
});

/** The store is given other messages. */
export const storing = (change: (message: MailMessage) => MailMessage): Mutations => ({
  ports: {
    store: (store) => ({ ...store, write: (work, messages) => store.write(work, messages.map(change)) }),
  },
});
