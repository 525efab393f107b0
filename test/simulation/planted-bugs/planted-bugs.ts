import type { Fact } from "@millrace/shared/events/facts";
import { decideCheckpoint } from "@millrace/shared/projection/decide-checkpoint";
import type {
  FetchedMessage,
  ProviderFault,
  ProviderSession,
} from "@millrace/shared/providers/mail-provider";
import type { AppendEffect, Outcome } from "@millrace/shared/runtime/outcome";
import type { Moment } from "@millrace/shared/runtime/step";
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
const withoutExpectation = (...types: readonly Fact["type"][]): Mutations => ({
  append: (effect: AppendEffect) =>
    types.includes(effect.fact.type) ? { ...effect, expectedSeq: null } : effect,
});

/** Another decision of the step that one consumer runs. */
function decision(consumer: ConsumerName, change: (outcome: Outcome, input: unknown) => Outcome): Mutations {
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
const session = (change: (session: ProviderSession) => Partial<ProviderSession>): Mutations => ({
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
        };
        return { ...same, ...change(real) };
      },
    }),
  },
});

/** Faults of single messages that are taken for another kind of fault. */
function mistaken(category: ProviderFault["category"], taken: ProviderFault["category"]): Mutations {
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

const factOf = (input: unknown): Fact | null =>
  typeof input === "object" && input !== null && "event" in input
    ? (input as { event: { fact: Fact } }).event.fact
    : null;

const isRedelivered = (input: unknown): boolean =>
  typeof input === "object" && input !== null && "deliveryCount" in input && Number(input.deliveryCount) > 1;

const withoutWork = (outcome: Outcome): Outcome =>
  outcome.kind === "done"
    ? { kind: "done", effects: outcome.effects.filter((effect) => effect.kind !== "enqueue") }
    : outcome;

/** Makes ids that nobody has had. */
let appended = 0;

const nothing: Outcome = { kind: "ignore", why: "planted" };

/** A set that has everything. */
class Everything extends Set<string> {
  override has(): boolean {
    return true;
  }
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "a delivery is acknowledged before what follows from it is published",
    mutations: { isAcknowledgedFirst: true },
    seedsMax: 500,
  },
  {
    name: "a chunk is settled whatever was settled in between",
    mutations: withoutExpectation("chunk.fetched", "chunk.dead_lettered"),
    seedsMax: 500,
  },
  {
    name: "a sync starts whatever else has started",
    mutations: withoutExpectation("sync.started", "sync.queued", "sync.coalesced"),
    seedsMax: 2_000,
  },
  {
    name: "a sync completes whatever happened in between",
    mutations: withoutExpectation("sync.completed"),
    seedsMax: 2_000,
  },
  {
    name: "a page is recorded whatever was listed in between",
    mutations: {
      append: (effect) =>
        effect.fact.type === "page.listed"
          ? { ...effect, expectedSeq: null, eventId: `${effect.eventId}.${++appended}` }
          : effect,
    },
    seedsMax: 2_000,
  },
  {
    name: "a fact that comes again plans nothing",
    mutations: decision("events", (outcome, input) => (isRedelivered(input) ? nothing : outcome)),
    seedsMax: 500,
  },
  {
    name: "a settled chunk releases no other",
    mutations: decision("events", (outcome, input) =>
      factOf(input)?.type === "chunk.fetched" ? withoutWork(outcome) : outcome,
    ),
    seedsMax: 100,
  },
  {
    name: "resuming plans nothing",
    mutations: decision("events", (outcome, input) =>
      factOf(input)?.type === "sync.resumed" ? nothing : outcome,
    ),
    seedsMax: 2_000,
  },
  {
    name: "a failed attempt is recorded, and its work is not put back",
    mutations: decision("bulk", withoutWork),
    seedsMax: 200,
  },
  {
    name: "a message that met an outage counts as gone",
    mutations: mistaken("transient", "gone"),
    seedsMax: 200,
  },
  {
    name: "being throttled spends the poison budget",
    mutations: mistaken("rate_limited", "unknown"),
    profile: "provider",
    seedsMax: 3_000,
  },
  {
    name: "an outage spends the poison budget",
    mutations: mistaken("transient", "bad_item"),
    seedsMax: 200,
  },
  {
    name: "the baseline is younger than the listing",
    mutations: session((real) => ({
      async getProfile(signal) {
        const profile = await real.getProfile(signal);
        if (!profile.ok) return profile;
        const watermark = String(Number(profile.value.watermark) + 2);
        return { ok: true, value: { ...profile.value, watermark } };
      },
    })),
    seedsMax: 500,
  },
  {
    name: "a listing leaves out its last id",
    mutations: session((real) => ({
      async listPage(request, signal) {
        const page = await real.listPage(request, signal);
        return page.ok ? { ok: true, value: { ...page.value, ids: page.value.ids.slice(0, -1) } } : page;
      },
    })),
    seedsMax: 100,
  },
  {
    name: "a batch of messages loses its last one and says that it was stored",
    mutations: {
      ports: {
        store: (store) => ({
          ...store,
          write: async (work, messages) => {
            const outcomes = new Map(await store.write(work, messages.slice(0, -1)));
            const last = messages.at(-1);
            if (last !== undefined) outcomes.set(last.id, { kind: "stored" });
            return outcomes;
          },
        }),
      },
    },
    seedsMax: 100,
  },
  {
    name: "what was there before counts as stored by this sync",
    mutations: {
      ports: {
        store: (store) => ({
          ...store,
          findStored: async (work) => {
            const { byThisWork, before } = await store.findStored(work);
            return { byThisWork: new Set([...byThisWork, ...before]), before: new Set() };
          },
        }),
      },
    },
    seedsMax: 500,
  },
  {
    name: "deaths are not remembered",
    mutations: {
      ports: {
        claims: (claims) => ({
          ...claims,
          open: async (work) => {
            await claims.open(work);
            return { deaths: 0, deathsAt: {} };
          },
        }),
      },
    },
    profile: "poison",
    seedsMax: 1_000,
  },
  {
    name: "the janitor takes everything for queued",
    mutations: { ports: { janitorQueue: () => ({ keysOf: async () => new Everything() }) } },
    profile: "lost queue",
    seedsMax: 500,
  },
  {
    name: "another log is taken for the one that was read before",
    mutations: {
      // The position is kept: of the new log everything up to it is passed over.
      decideCheckpoint: (situation) => {
        const { checkpoint } = situation;
        const decision = decideCheckpoint(situation);
        return checkpoint === null
          ? decision
          : { ...decision, position: checkpoint, newEpoch: null, repair: null };
      },
    },
    profile: "lost log",
    seedsMax: 500,
  },
];
