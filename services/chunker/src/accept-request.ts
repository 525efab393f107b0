import { loadAccount } from "@millrace/shared/postgres/load-account";
import type { Delivery, Step, StepContext } from "@millrace/shared/runtime/step";
import { nothingToPerform } from "@millrace/shared/runtime/step";
import { type ChunkerPorts, hasRunBefore, openSession, readCourse } from "./chunker-ports.ts";
import { decideRequest, type RequestSituation, willStart } from "./decide-request.ts";
import { type IncomingRequest, parseRequest, rejectionOf } from "./parse-request.ts";

type Input = IncomingRequest & { readonly delivery: Delivery };

/**
 * Step "accept". Consumes `SyncRequested`; emits `sync.started`, `sync.coalesced`, `sync.queued`,
 * `sync.failed` or `request.rejected`. The baseline is taken here, before anything is listed. A redelivery
 * finds that the request was decided.
 */
export function createAcceptRequest(ports: ChunkerPorts): Step<Input, void, RequestSituation | null> {
  return {
    name: "accept-request",
    parse: (delivery) => {
      const parsed = parseRequest(delivery);
      return parsed.ok ? { ok: true, input: { ...parsed.input, delivery } } : parsed;
    },
    perform: nothingToPerform,
    gather: (input, _report, context) => gatherSituation(ports, input, context),
    decide: ({ ref, delivery }, _report, situation, moment) =>
      situation === null
        ? rejectionOf(delivery, ref, `tenant ${ref.tenantId} has no account ${ref.accountId}`)
        : decideRequest(situation, moment),
  };
}

async function gatherSituation(
  ports: ChunkerPorts,
  { ref, request, delivery }: Input,
  { signal }: StepContext,
): Promise<RequestSituation | null> {
  const account = await loadAccount(ports.pool, ports.keyring, ref);
  if (account === null) return null;
  const { course, courseSeq } = await readCourse(ports, ref);
  const ranBefore = await hasRunBefore(ports, ref, request.syncId);
  const profile =
    !ranBefore && willStart(course, request.syncId)
      ? await openSession(ports, account).getProfile(signal)
      : null;
  return {
    ref,
    request,
    course,
    courseSeq,
    content: account.content,
    ranBefore,
    profile,
    attempt: delivery.deliveryCount,
    defaults: ports.defaults,
  };
}
