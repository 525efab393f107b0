import type { AccountRef } from "../events/subjects.ts";
import type { StepContext } from "../runtime/step.ts";
import { claimVerification } from "./claim-verification.ts";
import { compareWithStore } from "./compare-with-store.ts";
import { finishVerification, publishRepair } from "./finish-verification.ts";
import { beginListing, listByLabel, listChanged, listLabelIds, listMailbox } from "./list-mailbox.ts";
import { lookAgain } from "./look-again.ts";
import {
  type Moved,
  type VerificationClaim,
  VerificationClaimLostError,
  type VerificationOutcome,
  type VerificationPorts,
  type VerificationPosition,
} from "./verification.ts";

export interface VerificationContext extends Pick<StepContext, "signal" | "progressed"> {
  readonly shouldYield?: (() => boolean) | undefined;
}

/** Pages of 500 ids: more than any mailbox has, so that a listing that turns in circles ends. */
const movesMax = 1_000_000;

/**
 * Lists all ids of a mailbox and the ids under each of its labels, and compares them with the store: missing, extra,
 * changed. What happens in the mailbox meanwhile is not judged. When it is done and a repair was asked for, the sync
 * that repairs is asked for.
 *
 * Its position is kept with each page, so that it goes on where it was after a fault, a crash or a stop, and a
 * redelivery after its end gives the same result. Memory holds one page.
 *
 * @param context its signal stops it, and the signal's reason is thrown; `progressed` is called with each page; when
 *   `shouldYield` says so, it stops between two pages
 * @throws what the database throws, and `publishRequest`
 */
export async function runVerification(
  ports: VerificationPorts,
  ref: AccountRef,
  verificationId: string,
  { signal, progressed, shouldYield = () => false }: VerificationContext,
): Promise<VerificationOutcome> {
  const claimed = await claimVerification(ports.pool, ref, verificationId);
  if (claimed === null) return { kind: "over", why: "there is no such verification" };
  if (claimed.status === "failed") return { kind: "over", why: "it has failed" };
  let { claim, position } = claimed;
  let gotFurther = false;
  try {
    for (let moves = 0; claimed.status === "running" && position.step !== "finish"; moves++) {
      signal.throwIfAborted();
      if (moves >= movesMax) throw new Error(`The verification ${verificationId} does not come to an end`);
      const moved = await move(ports, claim, position, signal);
      if (!moved.ok) {
        const { fault, went } = moved;
        return { kind: "fault", fault, gotFurther: went !== "back" && (gotFurther || went === "further") };
      }
      ({ claim, position } = moved);
      gotFurther = true;
      progressed();
      if (shouldYield()) return { kind: "yielded" };
    }
    const finished = await finishVerification(ports.pool, claim);
    await publishRepair(ports, claim, finished);
    return { kind: "verified", counts: finished };
  } catch (error) {
    if (error instanceof VerificationClaimLostError) return { kind: "over", why: error.message };
    throw error;
  }
}

function move(
  ports: VerificationPorts,
  claim: VerificationClaim,
  position: Exclude<VerificationPosition, { step: "finish" }>,
  signal: AbortSignal,
): Promise<Moved> {
  switch (position.step) {
    case "begin":
      return beginListing(ports, claim, signal);
    case "listing":
      return listMailbox(ports, claim, position.pageToken, signal);
    case "labels":
      return listLabelIds(ports, claim, signal);
    case "label":
      return listByLabel(ports, claim, position, signal);
    case "changes":
      return listChanged(ports, claim, position.pageToken, signal);
    case "compare":
      return compareWithStore(ports, claim);
    case "look":
      return lookAgain(ports, claim, signal);
  }
}
