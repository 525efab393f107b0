import { type AccountRef, requestSubject } from "../events/subjects.ts";
import { type AcceptedRequest, syncRequestedType } from "../events/sync-request.ts";
import type { Nats } from "./connect-nats.ts";
import { publishTraced } from "./publish-traced.ts";
import { requestStream } from "./topology.ts";

/** Somebody waits for the answer; a broker that restarts is back well before. */
const acknowledgedMsMax = 5_000;

/** The broker did not acknowledge a request: it is away, has no leader, or has no room. */
export class BrokerUnavailableError extends Error {
  readonly code = "broker_unavailable";
  constructor(options?: ErrorOptions) {
    super("The broker did not acknowledge the message", options);
    this.name = "BrokerUnavailableError";
  }
}

/**
 * Asks for a sync: publishes `SyncRequested` as a CloudEvent in binary mode, and resolves when the stream has
 * it on disk. Its id is the sync's, so that publishing it again for the account does no harm. After an error it may have
 * arrived all the same.
 *
 * @param source the service that asks
 * @throws {BrokerUnavailableError}
 */
export async function publishRequest(
  nats: Nats,
  source: string,
  ref: AccountRef,
  request: AcceptedRequest,
): Promise<void> {
  const headers = {
    "ce-specversion": "1.0",
    "ce-id": request.syncId,
    "ce-type": syncRequestedType,
    "ce-source": `/millrace/${source}`,
    "ce-subject": `${ref.tenantId}/${ref.accountId}`,
    "ce-time": request.requestedAt,
    "content-type": "application/json",
  };
  const options = {
    // The id names the request within its account only.
    msgID: `${requestSubject(ref)}/${request.syncId}`,
    timeout: acknowledgedMsMax,
    expect: { streamName: requestStream.name },
  };
  const labels = { "tenant.id": ref.tenantId, "account.id": ref.accountId, "sync.id": request.syncId };
  try {
    await publishTraced(nats, labels, requestSubject(ref), JSON.stringify(request), options, headers);
  } catch (error) {
    throw new BrokerUnavailableError({ cause: error });
  }
}
