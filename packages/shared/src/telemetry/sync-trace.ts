import { hash } from "node:crypto";
import { ROOT_CONTEXT, type Span, type SpanContext, trace } from "@opentelemetry/api";
import { type Fact, syncIdsOf } from "../events/facts.ts";
import type { AccountRef } from "../events/subjects.ts";
import { type SpanIds, withGivenIds } from "./given-ids.ts";
import { isSampled } from "./is-sampled.ts";
import { beginSpan, failAs } from "./with-span.ts";

/*
 * A sync may last for hours and is worked on in thousands of traces, each of its own. One trace more holds them together: it
 * has a span for each fact of the sync, which links to the trace in which the fact came about. Its id follows from the
 * sync's, so nobody has to store it, and it is found also where headers were lost.
 */

/** The trace that is a sync's table of contents. */
export const syncTraceId = (syncId: string): string => idsOf(syncId).traceId;

/** The root of that trace, to link to or to be a part of. @param like whose fate it shares: both are sampled or none */
export const syncSpanContext = (syncId: string, like: SpanContext | undefined): SpanContext => ({
  ...idsOf(syncId),
  traceFlags: like?.traceFlags ?? 0,
  isRemote: true,
});

function idsOf(syncId: string): SpanIds {
  const digest = hash("sha256", `millrace sync ${syncId}`, "hex");
  return { traceId: digest.slice(0, 32), spanId: digest.slice(32, 48) };
}

/** Has a span that is about a sync, and no part of the work on it, link to the sync's trace. */
export function linkToSync(span: Span, syncId: string | undefined): void {
  if (syncId === undefined || !span.isRecording()) return;
  span.addLink({ context: syncSpanContext(syncId, span.spanContext()) });
}

/** A request was decided on: the root of its sync's trace. @param askedAtMs when it was asked for */
export function markRequest(syncId: string, askedAtMs: number): void {
  const deciding = trace.getActiveSpan();
  if (!deciding?.isRecording() || !isSampled(deciding)) return; // nothing of it can fail: it would be forgotten at once
  const options = { parent: ROOT_CONTEXT, links: [deciding.spanContext()], startedAtMs: askedAtMs };
  withGivenIds(idsOf(syncId), () => beginSpan("sync", options)).end();
}

/** Facts that tell of trouble: their traces are kept. */
const troubles: ReadonlySet<Fact["type"]> = new Set([
  "sync.failed",
  "sync.stalled",
  "chunk.dead_lettered",
  "chunk.attempt_failed",
  "page.attempt_failed",
  "request.rejected",
]);

/** A fact is in the log: a span in the traces of the syncs that it is about. */
export function markFact({ tenantId, accountId }: AccountRef, fact: Fact): void {
  const appending = trace.getActiveSpan();
  if (!appending?.isRecording()) return;
  if (troubles.has(fact.type)) failAs(appending, typeOfTrouble(fact));
  else if (!isSampled(appending)) return;
  const from = appending.spanContext();
  for (const syncId of syncIdsOf(fact)) {
    const attributes = {
      "tenant.id": tenantId,
      "account.id": accountId,
      "sync.id": syncId,
      ...("chunkIndex" in fact ? { "chunk.index": fact.chunkIndex } : {}),
    };
    const parent = trace.setSpanContext(ROOT_CONTEXT, syncSpanContext(syncId, from));
    const span = beginSpan(fact.type, { parent, links: [from], attributes });
    if (troubles.has(fact.type)) failAs(span, typeOfTrouble(fact));
    span.end();
  }
}

const typeOfTrouble = (fact: Fact): string => ("category" in fact ? fact.category : fact.type);
