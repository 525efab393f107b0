import { AsyncLocalStorage } from "node:async_hooks";
import { trace } from "@opentelemetry/api";
import type { Fact } from "../events/facts.ts";

/** What a piece of work is about, under the names that its spans and log lines bear. Ids of ours, never of mail. */
export interface WorkLabels {
  readonly "tenant.id"?: string;
  readonly "account.id"?: string;
  readonly "sync.id"?: string;
  readonly "chunk.index"?: number;
}

const labelsOfWork = new AsyncLocalStorage<WorkLabels>();
const none: WorkLabels = {};

/** Does work of which these labels are told, beside those of the work that it is a part of. */
export function withLabels<T>(labels: WorkLabels, work: () => T): T {
  return labelsOfWork.run({ ...labelsOfWork.getStore(), ...labels }, work);
}

/** The same for work in pieces, which share their labels. */
export const shareLabels = <T>(labels: WorkLabels, work: () => T): T => labelsOfWork.run(labels, work);

/** Labels that show only while the work goes on: its span so far bears them as well. */
export function addLabels(labels: WorkLabels): void {
  const store = labelsOfWork.getStore();
  if (store !== undefined) Object.assign(store, labels);
  trace.getActiveSpan()?.setAttributes({ ...labels });
}

/** Which sync and chunk a fact is about, if it is about one. */
export const labelsOfFact = (fact: Fact): WorkLabels => ({
  ...("syncId" in fact ? { "sync.id": fact.syncId } : {}),
  ...("chunkIndex" in fact ? { "chunk.index": fact.chunkIndex } : {}),
});

export const currentLabels = (): WorkLabels => labelsOfWork.getStore() ?? none;
