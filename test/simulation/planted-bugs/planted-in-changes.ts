import { chunksListed } from "@millrace/shared/steps/cut-chunks";
import { type PlantedBug, saying, session, storing } from "./plant.ts";

/** Mistakes in reading and applying what has changed in a mailbox. */
export const plantedInChanges: readonly PlantedBug[] = [
  {
    name: "the watermark is taken after the changes were read",
    mutations: session((real) => ({
      async listChanges(request, signal) {
        const answer = await real.listChanges(request, signal);
        const profile = answer.ok ? await real.getProfile(signal) : null;
        if (!answer.ok || profile?.ok !== true) return answer;
        return { ok: true, value: { ...answer.value, watermark: profile.value.watermark } };
      },
    })),
    profile: "changes",
    seedsMax: 500,
  },
  {
    name: "a coalesced request does not count as joined",
    mutations: saying("sync.coalesced", (fact) => {
      const { active } = fact.course;
      if (active?.syncId !== fact.into) return fact;
      return { ...fact, course: { ...fact.course, active: { ...active, joined: 0 } } };
    }),
    seedsMax: 100,
  },
  {
    name: "pages of changes count whoever has joined the sync since the first of them",
    mutations: saying("page.listed", (fact) =>
      fact.stage === "changes" && fact.joined > 0 ? { ...fact, joined: fact.joined + 1 } : fact,
    ),
    profile: "changes",
    seedsMax: 2_000,
  },
  {
    name: "an older fetch overwrites what is newer",
    mutations: storing((message) => ({ ...message, historyId: null })),
    profile: "late workers",
    seedsMax: 5_000,
  },
  {
    name: "what was gone before it was stored is not remembered",
    mutations: { beforeStatement: (_what, { tombstones }) => tombstones.clear() },
    profile: "late workers",
    seedsMax: 5_000,
  },
  {
    name: "what was fetched before the whole mailbox is looked at is stored after it",
    mutations: { beforeStatement: (_what, { baselines }) => baselines.clear() },
    profile: "late workers of cancelled syncs",
    seedsMax: 5_000,
  },
  {
    name: "a page of changes is listed before the one before it is settled",
    mutations: {
      ports: {
        chunkerState: (state) => ({
          ...state,
          progress: async (ref, syncId) => {
            const at = await state.progress(ref, syncId);
            const page = await state.newestPage(ref, syncId);
            if (page?.stage !== "changes" || page.nextPageToken === null) return at;
            return { ...at, progress: { ...at.progress, settledCount: chunksListed(page) } };
          },
        }),
      },
    },
    profile: "changes",
    seedsMax: 1_000,
  },
  {
    name: "what lies in trash is shown",
    mutations: storing((message) => ({ ...message, hiddenAs: null })),
    profile: "changes",
    seedsMax: 200,
  },
  {
    name: "a net change forgets a label that was added",
    mutations: saying("page.listed", (fact) => ({
      ...fact,
      changes: fact.changes?.map((change) => ({ ...change, added: change.added.slice(1) })) ?? null,
    })),
    profile: "changes",
    seedsMax: 200,
  },
  {
    name: "a net change forgets a label that was taken away",
    mutations: saying("page.listed", (fact) => ({
      ...fact,
      changes: fact.changes?.map((change) => ({ ...change, removed: change.removed.slice(1) })) ?? null,
    })),
    profile: "changes",
    seedsMax: 200,
  },
  {
    name: "an earlier copy is not compared with the mailbox",
    mutations: saying("page.listed", (fact) => ({ ...fact, hadCopy: false })),
    profile: "forgotten history",
    seedsMax: 500,
  },
  {
    name: "a deleted label stays with the messages that bore it",
    mutations: {
      beforeStatement: (what, { labels, removedLabels }) => {
        if (what !== "saves the labels") return;
        labels.clear();
        removedLabels.clear();
      },
    },
    profile: "changes",
    seedsMax: 200,
  },
  {
    name: "labels that nobody has seen in the mailbox yet are not doubted",
    mutations: {
      beforeStatement: (what, { labels, removedLabels }) => {
        if (what !== "saves the labels") return;
        for (const [key] of removedLabels) if (!labels.has(key)) removedLabels.delete(key);
      },
    },
    profile: "changes",
    seedsMax: 1_000,
  },
  {
    name: "a sync that begins anew does not read the changes since",
    mutations: saying("sync.rebased", (fact) => {
      const { active } = fact.course;
      if (active === null) return fact;
      return { ...fact, course: { ...fact.course, active: { ...active, plan: ["listing", "reconcile"] } } };
    }),
    profile: "forgotten history",
    seedsMax: 500,
  },
  {
    name: "nobody is told of mail that is not shown any more",
    mutations: saying("chunk.fetched", (fact) => ({ ...fact, mail: { ...fact.mail, deleted: [] } })),
    profile: "changes",
    seedsMax: 100,
  },
  {
    name: "nobody is told of mail that a cancelled sync has stored",
    mutations: saying("chunk.abandoned", (fact) => ({
      ...fact,
      mail: { added: [], changed: [], deleted: [] },
    })),
    profile: "followers",
    seedsMax: 500,
  },
  {
    name: "a listing that the log has lost is compared with what the lost one had found",
    mutations: saying("page.listed", (fact) => ({ ...fact, hadCopy: fact.hadCopy && fact.mark === "" })),
    profile: "lost log",
    seedsMax: 2_000,
  },
  {
    name: "the work of a page that the log has lost counts as that of its successor",
    mutations: saying("page.listed", (fact) => ({ ...fact, mark: "one and the same" })),
    profile: "lost log",
    seedsMax: 3_000,
  },
];
