import { type ActiveSync, idleCourse } from "@millrace/shared/events/account-course";
import { loseConsent, startSync } from "@millrace/shared/events/evolve-course";
import type { Fact } from "@millrace/shared/events/facts";
import { newSyncId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { eventStream } from "@millrace/shared/nats/topology";
import type { TestApi } from "./start-test-api.ts";

/** Facts as the other services would append them. */

const at = "2026-01-01T00:00:00.000Z";

export async function tellLog(api: TestApi, ref: AccountRef, eventId: string, fact: Fact): Promise<void> {
  await api.eventLog.append({ kind: "append", ref, eventId, fact, expectedSeq: null });
}

/** A sync that runs, as the log has it. */
export async function startInLog(api: TestApi, ref: AccountRef): Promise<string> {
  const syncId = newSyncId(ref);
  const { fact } = await api.eventLog.lastCourseFact(ref);
  const sync: ActiveSync = {
    syncId,
    mode: "full",
    requestedMode: "full",
    scope: {},
    chunkSize: 100,
    windowChunks: 8,
    content: "full",
    startedAt: at,
    run: 0,
    plan: ["listing", "reconcile", "changes"],
    since: null,
    round: 0,
    joined: 0,
    pausedMs: 0,
  };
  await tellLog(api, ref, `${syncId}.started`, {
    type: "sync.started",
    syncId,
    sync,
    request: { syncId, mode: "full", trigger: "api", requestedAt: at },
    course: startSync(fact?.course ?? idleCourse, sync),
  });
  return syncId;
}

export async function loseConsentInLog(api: TestApi, ref: AccountRef, syncId: string): Promise<void> {
  const { fact } = await api.eventLog.lastCourseFact(ref);
  if (fact === null) throw new Error("The account has no course");
  await tellLog(api, ref, `${syncId}.consent_lost`, {
    type: "sync.paused",
    syncId,
    reason: "consent_lost",
    message: "invalid_grant",
    request: null,
    course: loseConsent(fact.course, at, "invalid_grant"),
  });
}

/** The facts of an account on one of its subjects (`sync`, `note`, `chunk.<sync>`), oldest first. */
export async function factsOf(api: TestApi, ref: AccountRef, what: string): Promise<Fact[]> {
  const subject = `evt.${ref.tenantId}.${ref.accountId}.${what}`;
  const facts: Fact[] = [];
  for (let seq = 1; ; ) {
    const query = { seq, next_by_subj: subject };
    const message = await api.nats.jsm.streams.getMessage(eventStream.name, query);
    if (message === null) return facts;
    facts.push(message.json<Fact>());
    seq = message.seq + 1;
  }
}
