import type { ActiveSync } from "@millrace/shared/events/account-course";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { type Delivery, nothingToPerform, type Step } from "@millrace/shared/runtime/step";
import type { ChunkerPorts } from "./chunker-ports.ts";
import {
  decideLeaving,
  decideRequest,
  type LeavingSituation,
  needsSeat,
  type RequestSituation,
} from "./decide-request.ts";
import { type IncomingRequest, parseRequest, rejectionOf } from "./parse-request.ts";

type Input = IncomingRequest & { readonly delivery: Delivery };

type AcceptPorts = Pick<ChunkerPorts, "state" | "accounts" | "line" | "defaults">;

/**
 * Step "accept". Consumes `SyncRequested`; emits `sync.started`, `sync.coalesced`, `sync.queued`, `sync.paused`,
 * `sync.failed` or `request.rejected`. A redelivery finds that the request was decided.
 */
export function createAcceptRequest(
  ports: AcceptPorts,
): Step<Input, void, RequestSituation | LeavingSituation | null> {
  return {
    name: "accept-request",
    about: ({ request }) => ({ "sync.id": request.syncId }),
    parse: (delivery) => {
      const parsed = parseRequest(delivery);
      return parsed.ok ? { ok: true, input: { ...parsed.input, delivery } } : parsed;
    },
    perform: nothingToPerform,
    gather: (input) => gatherSituation(ports, input),
    decide: ({ ref, delivery }, _report, situation, moment) => {
      if (situation === null)
        return rejectionOf(delivery, ref, `tenant ${ref.tenantId} has no account ${ref.accountId}`);
      return "leaving" in situation ? decideLeaving(situation) : decideRequest(situation, moment);
    },
  };
}

async function gatherSituation(
  { state, accounts, line, defaults }: AcceptPorts,
  { ref, request }: Input,
): Promise<RequestSituation | LeavingSituation | null> {
  const [account, { course, seq: courseSeq }, ranBefore] = await Promise.all([
    accounts.load(ref),
    state.course(ref),
    state.hasRunBefore(ref, request.syncId),
  ]);
  // The log first: the account may be in the database still, or again.
  if (course.removal !== undefined) return { leaving: course.removal, ref, request, course, courseSeq };
  if (account === null) return null;
  const { content, runningSyncsMax, weight } = account;
  const isSeatNeeded = runningSyncsMax !== null && needsSeat({ course, request, ranBefore });
  const hasSeat = !isSeatNeeded || (await line.take(ref, request.syncId, request.syncId));
  const isReadingChanges = course.active !== null && (await readsChanges(state, ref, course.active));
  return {
    isReadingChanges,
    ref,
    request,
    course,
    courseSeq,
    content,
    ranBefore,
    beganBefore: false,
    hasSeat,
    weight,
    defaults,
  };
}

/**
 * True once a sync is at its changes. What is asked of it then it may have missed. Between this look and the decision
 * it may get there, too: that it was joined by a request in between counts in the course, and makes it read on.
 */
async function readsChanges(
  state: AcceptPorts["state"],
  ref: AccountRef,
  { syncId, round }: ActiveSync,
): Promise<boolean> {
  const page = await state.newestPage(ref, syncId);
  return page !== null && page.round === round && page.stage === "changes";
}
