import { emptyLedger } from "@millrace/shared/events/ledger";
import { decideCheckpoint } from "@millrace/shared/projection/decide-checkpoint";
import { projectBatch } from "@millrace/shared/projection/project-batch";
import { chunksListed, messagesListed } from "@millrace/shared/steps/cut-chunks";
import type { AnyStep } from "../actors/deliver.ts";
import type { PlantedBug } from "./plant.ts";
import {
  decision,
  factOf,
  isRedelivered,
  isSettlement,
  mistaken,
  nothing,
  reading,
  session,
  withoutExpectation,
  withoutWork,
} from "./plant.ts";
import { plantedInChanges } from "./planted-in-changes.ts";
import { plantedInLines } from "./planted-in-lines.ts";
import { plantedInRemovals } from "./planted-in-removals.ts";

/** Makes ids that nobody has had. */
let appended = 0;

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
    name: "a settled chunk releases no other, and says that it does",
    mutations: decision("bulk", (outcome) =>
      "effects" in outcome && outcome.effects.some(isSettlement) ? withoutWork(outcome) : outcome,
    ),
    seedsMax: 100,
  },
  {
    name: "the last settled chunk of what is listed leads to nothing",
    mutations: decision("events", (outcome, input) =>
      factOf(input)?.type === "chunk.fetched" ? nothing : outcome,
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
  {
    name: "a sync completes when everything is listed, whatever is settled",
    mutations: reading((situation) => {
      const { newestPage, progress } = situation;
      if (newestPage?.nextPageToken !== null) return situation;
      const ledger = { ...emptyLedger, stored: messagesListed(newestPage) };
      return { ...situation, progress: { ...progress, settledCount: chunksListed(newestPage), ledger } };
    }),
    seedsMax: 100,
  },
  {
    name: "one chunk more than the window is released",
    mutations: reading((situation) => {
      const { active } = situation;
      return { ...situation, active: { ...active, windowChunks: active.windowChunks + 1 } };
    }),
    seedsMax: 100,
  },
  {
    name: "connecting a mailbox again plans nothing",
    mutations: decision("events", (outcome, input) =>
      factOf(input)?.type === "account.reconnected" ? nothing : outcome,
    ),
    seedsMax: 500,
  },
  {
    name: "a fetcher works on what an earlier run has planned",
    mutations: {
      step: (name, step, world): AnyStep =>
        name !== "bulk" && name !== "live"
          ? step
          : {
              ...step,
              parse: (delivery) => {
                const parsed = step.parse(delivery);
                if (!parsed.ok || parsed.input.item.kind !== "chunk") return parsed;
                const { item } = parsed.input;
                const run = world.judge.memory.activeEver.get(item.syncId)?.run ?? item.run;
                return { ok: true, input: { ...parsed.input, item: { ...item, run } } };
              },
            },
    },
    profile: "persons",
    seedsMax: 1_000,
  },
  {
    name: "redriven letters are counted twice",
    mutations: {
      append: (effect) => {
        const { fact } = effect;
        if (fact.type !== "dead_letters.settled") return effect;
        const { ledger } = fact.progress;
        const twice = { ...ledger, stored: ledger.stored + fact.letters.length };
        return { ...effect, fact: { ...fact, progress: { ...fact.progress, ledger: twice } } };
      },
    },
    profile: "poison",
    seedsMax: 200,
  },
  {
    name: "the janitor takes nothing for queued",
    mutations: { ports: { janitorQueue: () => ({ keysOf: async () => new Set() }) } },
    seedsMax: 1_000,
  },
  {
    name: "the events of a batch are folded in another order",
    mutations: { projectBatch: (before, events) => projectBatch(before, [...events].reverse()) },
    seedsMax: 100,
  },
  {
    name: "a page that is listed shows its own messages as all",
    mutations: {
      projectBatch: (before, events) => {
        const rows = projectBatch(before, events);
        const fact = events.at(-1)?.event.fact;
        if (fact?.type !== "page.listed") return rows;
        const syncs = rows.syncs.map((view) => ({ ...view, listed: fact.messageIds.length }));
        return { ...rows, syncs };
      },
    },
    seedsMax: 200,
  },
  {
    name: "a chunk that fails again is shown as one of which nothing is dealt with",
    mutations: {
      projectBatch: (before, events) => {
        const rows = projectBatch(before, events);
        const chunks = rows.chunks.map((view) => (view.attempts > 1 ? { ...view, handled: 0 } : view));
        return { ...rows, chunks };
      },
    },
    seedsMax: 500,
  },
  ...plantedInChanges,
  ...plantedInLines,
  ...plantedInRemovals,
];
