import { idleCourse } from "@millrace/shared/events/account-course";
import { noProgress } from "@millrace/shared/events/chunk-progress";
import type { TenantLine } from "@millrace/shared/postgres/create-tenant-line";
import type { Account } from "@millrace/shared/postgres/load-account";
import { defaultAttemptPolicy } from "@millrace/shared/runtime/decide-attempt";
import type { Effect, Outcome } from "@millrace/shared/runtime/outcome";
import type { SyncSituation } from "@millrace/shared/steps/sync-situation";
import { givenActive, givenCourse, givenRequest, ref } from "@millrace/shared/testing/given";
import type { MemoryLog } from "@millrace/shared/testing/memory-log";
import type { ChunkerPorts } from "../chunker-ports.ts";
import type { RequestSituation } from "../decide-request.ts";

/** Situations for the tests of the decisions. */
export const defaults = { chunkSize: 100, windowChunks: 4 };

export const givenSituation = (more: Partial<RequestSituation> = {}): RequestSituation => ({
  ref,
  request: givenRequest("s1"),
  course: idleCourse,
  courseSeq: 0,
  content: "full",
  ranBefore: false,
  isReadingChanges: false,
  beganBefore: false,
  hasSeat: true,
  weight: 1,
  defaults,
  ...more,
});

export const givenRunning = (more: Partial<SyncSituation> = {}): SyncSituation => {
  const active = more.active ?? givenActive("s1");
  return {
    ref,
    active,
    course: givenCourse({ active }),
    courseSeq: 10,
    newestPage: null,
    progress: noProgress,
    ...more,
  };
};

/** As without a cap. */
const noLine: TenantLine = { take: async () => true, leave: async () => [], keep: async () => {} };

export const account: Account = {
  ...ref,
  provider: "gmail",
  email: "a@example.com",
  content: "full",
  attachments: "metadata",
  refreshToken: "",
  baseline: null,
  ownGrant: null,
  credentialsVersion: 1,
  runningSyncsMax: null,
  weight: 1,
};

/** The ports of a step that runs over facts that were given, for an account that is there. */
export const portsOn = (log: MemoryLog) =>
  ({
    state: log.state,
    queue: log.queue,
    accounts: { load: async () => account },
    line: noLine,
    defaults,
    attemptPolicy: defaultAttemptPolicy,
  }) satisfies Partial<ChunkerPorts>;

export const effectsOf = (outcome: Outcome): readonly Effect[] =>
  "effects" in outcome ? outcome.effects : [];
export const appended = (outcome: Outcome) =>
  effectsOf(outcome).flatMap((effect) => (effect.kind === "append" ? [effect] : []));
export const enqueued = (outcome: Outcome) =>
  effectsOf(outcome).flatMap((effect) => (effect.kind === "enqueue" ? [effect] : []));
