import {
  accountIdSchema,
  derivedId,
  isSyncIdOf,
  noAccount,
  noTenant,
  tenantIdSchema,
} from "@millrace/shared/events/identifiers";
import { type AccountRef, parseAccountRef, requestSubject } from "@millrace/shared/events/subjects";
import {
  type AcceptedRequest,
  type SyncRequest,
  syncRequestedType,
  syncRequestSchema,
} from "@millrace/shared/events/sync-request";
import { cutText, storableText } from "@millrace/shared/mail/storable-text";
import { reject } from "@millrace/shared/runtime/outcome";
import type { Delivery, Parsed } from "@millrace/shared/runtime/step";

export interface IncomingRequest {
  readonly ref: AccountRef;
  readonly request: AcceptedRequest;
}

const payloadCharsMax = 8192;

/**
 * Reads `SyncRequested`, as a CloudEvent in binary mode or as bare JSON (an empty body asks for the defaults).
 * What cannot be understood becomes a `request.rejected` fact with its reason: not lost, not retried for ever.
 */
export function parseRequest(delivery: Delivery): Parsed<IncomingRequest> {
  const ref = refOf(delivery.subject);
  if (ref === null) {
    return rejected(
      delivery,
      strangerOf(delivery.subject),
      `the subject must be ${requestSubject({ tenantId: "<tenant>", accountId: "<account>" })}`,
    );
  }
  const type = delivery.header("ce-type");
  if (type !== "" && type !== syncRequestedType) {
    return rejected(
      delivery,
      ref,
      `ce-type is "${type.slice(0, 100)}"; only "${syncRequestedType}" is understood here`,
    );
  }
  const json = parseJson(delivery.body);
  if (json === undefined) return rejected(delivery, ref, "the body is not JSON");
  const parsed = syncRequestSchema.safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join(".") || "body"}: ${issue.message}`,
    );
    return rejected(delivery, ref, problems.join("; "));
  }
  return { ok: true, input: { ref, request: complete(ref, parsed.data, delivery) } };
}

function complete(ref: AccountRef, request: SyncRequest, delivery: Delivery): AcceptedRequest {
  const storedAt = new Date(delivery.storedAtMs).toISOString();
  return {
    ...request,
    requestedAt: request.requestedAt ?? storedAt,
    syncId: syncIdOf(ref, request.syncId, delivery),
  };
}

/**
 * The sync's id. Only an id that was made for this account is taken as it is; else it follows from what names the
 * request: the id it asks for, the event's source and id, or its place in the stream. So the same id in requests
 * for two accounts is two syncs.
 */
function syncIdOf(ref: AccountRef, requested: string | undefined, delivery: Delivery): string {
  if (requested !== undefined && isSyncIdOf(ref, requested)) return requested;
  const eventId = delivery.header("ce-id");
  const name =
    eventId === ""
      ? ["place", `${delivery.seq}@${delivery.storedAtMs}`]
      : [delivery.header("ce-source"), eventId];
  return derivedId("syn", delivery.subject, ...(requested === undefined ? name : ["requested", requested]));
}

function refOf(subject: string): AccountRef | null {
  const ref = parseAccountRef(subject);
  if (ref === null || subject !== requestSubject(ref)) return null;
  return tenantIdSchema.safeParse(ref.tenantId).success && accountIdSchema.safeParse(ref.accountId).success
    ? ref
    : null;
}

/** Where the rejection of a wrong subject is recorded: with its tenant, if it names one. */
function strangerOf(subject: string): AccountRef {
  const [tenantId = "", accountId = ""] = subject.split(".").slice(2, 4);
  return {
    tenantId: tenantIdSchema.safeParse(tenantId).success ? tenantId : noTenant,
    accountId: accountIdSchema.safeParse(accountId).success ? accountId : noAccount,
  };
}

function parseJson(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

/** The fact that keeps a request which nothing can be done with. */
export function rejectionOf(delivery: Delivery, ref: AccountRef, reason: string) {
  const payload = new TextDecoder()
    .decode(delivery.body.subarray(0, payloadCharsMax))
    .slice(0, payloadCharsMax);
  return reject(reason.slice(0, 1000), {
    kind: "append",
    ref,
    eventId: `${derivedId("req", delivery.subject, `${delivery.seq}@${delivery.storedAtMs}`)}.rejected`,
    expectedSeq: null,
    fact: {
      type: "request.rejected",
      reason: cutText(storableText(reason), 1000),
      subject: delivery.subject.slice(0, 512),
      payload,
      payloadBytes: delivery.body.length,
    },
  });
}

function rejected(delivery: Delivery, ref: AccountRef, reason: string): Parsed<IncomingRequest> {
  return { ok: false, outcome: rejectionOf(delivery, ref, reason) };
}
