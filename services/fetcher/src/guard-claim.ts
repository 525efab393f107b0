import type { StepContext } from "@millrace/shared/runtime/step";
import { decideGuard, type GuardPlan, suspectAfterDeliveries } from "./decide-guard.ts";
import type { FetchReport } from "./fetch-report.ts";
import type { ClaimedWork, FetcherPorts } from "./fetcher-ports.ts";

/**
 * Works on a claim. One that was redelivered suspiciously often has the process to itself and is watched: what
 * becomes of its worker is written down before and after. Its later attempts are watched as well, if any worker died:
 * the broker counts the deliveries of each attempt anew.
 */
export async function guardClaim(
  { gate, claims }: Pick<FetcherPorts, "gate" | "claims">,
  work: ClaimedWork,
  context: StepContext,
  fetch: (plan: GuardPlan) => Promise<FetchReport>,
): Promise<FetchReport> {
  const isSuspect = work.deliveryCount > suspectAfterDeliveries || work.item.isSuspect === true;
  return gate.run(isSuspect, context, async () => {
    if (!isSuspect) return fetch({ kind: "together" });
    const record = await claims.open(work);
    const plan = decideGuard(record);
    context.log.warn(
      {
        event: "claim.suspect",
        "sync.id": work.item.syncId,
        chunk: work.item.chunkIndex,
        deliveryCount: work.deliveryCount,
        ...record,
        plan: plan.kind,
      },
      "a claim came back often: it is worked on alone",
    );
    try {
      return { ...(await fetch(plan)), isSuspect: record.deaths > 0 };
    } finally {
      await claims.close(work);
    }
  });
}
