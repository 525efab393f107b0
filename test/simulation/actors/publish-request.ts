import { type AccountRef, requestSubject } from "@millrace/shared/events/subjects";
import { syncRequestedType } from "@millrace/shared/events/sync-request";
import type { SimulatedProcess } from "../engine/simulated-process.ts";
import type { World } from "../world.ts";

/** Publishes a request for a sync, as a CloudEvent in binary mode. @throws {AwayError} */
export async function publishMemoryRequest(
  { broker }: World,
  process: SimulatedProcess,
  ref: AccountRef,
  request: { readonly syncId?: string | undefined; readonly mode?: string },
): Promise<void> {
  const { syncId } = request;
  const headers = {
    "ce-specversion": "1.0",
    "ce-id": syncId ?? "junk",
    "ce-type": syncRequestedType,
    "ce-source": `/millrace/${process.name}`,
  };
  await broker.publish(process, `publishes the request ${syncId}`, broker.requests, {
    subject: requestSubject(ref),
    headers,
    body: JSON.stringify(request),
    ...(syncId === undefined ? {} : { messageId: `${ref.accountId}.${syncId}` }),
  });
}
