import { type AccountCourse, type ActiveSync, idleCourse } from "@millrace/shared/events/account-course";
import { noProgress } from "@millrace/shared/events/chunk-progress";
import type { EventOf, Fact, FactOf } from "@millrace/shared/events/facts";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import type { Page } from "@millrace/shared/steps/cut-chunks";
import type { SyncSituation } from "../decide-advance.ts";
import type { RequestSituation } from "../decide-request.ts";

/** Situations for the tests of the decisions. */
export const ref = { tenantId: "acme", accountId: "acc_1" };
export const at = "2026-01-01T00:00:00.000Z";
export const moment = { nowMs: Date.parse(at), random: 0.5 };

export const givenRequest = (syncId: string, more: Partial<AcceptedRequest> = {}): AcceptedRequest => ({
  syncId,
  mode: "auto",
  trigger: "api",
  requestedAt: at,
  ...more,
});

export const givenActive = (syncId: string, more: Partial<ActiveSync> = {}): ActiveSync => ({
  syncId,
  mode: "full",
  requestedMode: "auto",
  scope: {},
  chunkSize: 100,
  windowChunks: 4,
  content: "full",
  baseline: "42",
  startedAt: at,
  ...more,
});

export const givenCourse = (more: Partial<AccountCourse> = {}): AccountCourse => ({ ...idleCourse, ...more });

export const givenSituation = (more: Partial<RequestSituation> = {}): RequestSituation => ({
  ref,
  request: givenRequest("s1"),
  course: idleCourse,
  courseSeq: 0,
  content: "full",
  ranBefore: false,
  profile: { ok: true, value: { email: "a@example.com", watermark: "42", messagesTotal: 1234 } },
  attempt: 1,
  defaults: { chunkSize: 100, windowChunks: 4 },
  ...more,
});

export const givenPage = (pageNumber: number, messages: number, more: Partial<Page> = {}): Page => ({
  type: "page.listed",
  syncId: "s1",
  pageNumber,
  messageIds: Array.from({ length: messages }, (_, i) => `m${pageNumber}-${i}`),
  nextPageToken: "more",
  firstChunk: pageNumber * 5,
  chunkCount: Math.ceil(messages / 100),
  chunkSize: 100,
  listedBefore: pageNumber * 500,
  estimatedTotal: null,
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

export const eventOf = <F extends Fact>(fact: F): EventOf<F> => ({
  ...ref,
  id: "e1",
  time: at,
  source: "test",
  fact,
});

export const givenStarted = (syncId: string): FactOf<"sync.started"> => ({
  type: "sync.started",
  syncId,
  sync: givenActive(syncId),
  request: givenRequest(syncId),
  estimatedTotal: null,
  course: givenCourse({ active: givenActive(syncId) }),
});
