import type { IncomingMessage, ServerResponse } from "node:http";
import type { BlobStore } from "@millrace/shared/blobs/blob-store";
import type { AccountRef, EndpointRef } from "@millrace/shared/events/subjects";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import type { EventLog } from "@millrace/shared/nats/event-log";
import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import type { Keyring } from "@millrace/shared/postgres/keyring";
import type { ConsentProvider } from "@millrace/shared/providers/consent-provider";
import type { MailProvider } from "@millrace/shared/providers/mail-provider";
import type { QuotaView } from "@millrace/shared/quota/quota-governor";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import type { EnqueueEffect } from "@millrace/shared/runtime/outcome";
import type { Readiness } from "@millrace/shared/service/readiness";
import type { SyncState } from "@millrace/shared/state/sync-state";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { AuditMark } from "./access/audit-mark.ts";
import type { Caller } from "./access/caller.ts";
import type { OperatorKeys } from "./access/operator-keys.ts";
import type { StreamOpener } from "./live/stream-opener.ts";
import type { SyncShowing } from "./syncs/sync-rows.ts";
import type { WebhookRules } from "./webhook-delivery/webhook-rules.ts";
import type { PushAuthority } from "./webhooks/push-authority.ts";

/** The server that handlers are put on: what comes in and goes out has the type of its zod schema. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What the API stands on. */
export interface ApiPorts {
  readonly pool: SweepingPool;
  readonly keyring: Keyring;
  /** Where attachments are kept. */
  readonly blobs: BlobStore;
  /** Is asked for attachments that are not kept. */
  readonly provider: MailProvider;
  /** Asks people for their consent. */
  readonly consent: ConsentProvider;
  /** The origin under which browsers reach the API; null: where it listens, when that is this machine alone. */
  readonly publicUrl: string | null;
  readonly log: Logger;
  readonly operatorKeys: OperatorKeys;
  readonly streams: StreamOpener;
  /** What syncs are shown with. */
  readonly showing: SyncShowing;
  readonly eventLog: Pick<EventLog, "append" | "lastCourseFact">;
  readonly syncState: Pick<SyncState, "course" | "progress" | "toldProgress">;
  /** Puts work on the queue; resolves when the queue has it on disk. */
  readonly enqueue: (work: EnqueueEffect) => Promise<void>;
  /** Resolves when the stream acknowledged the request; throws BrokerUnavailableError. */
  readonly publishRequest: (ref: AccountRef, request: AcceptedRequest) => Promise<void>;
  readonly readiness: Pick<Readiness, "check">;
  /** The provider's quota; null: none is kept. */
  readonly quota: QuotaView | null;
  /** Has what a webhook endpoint is due sent to it. @param cause the same one twice is one turn */
  readonly giveTurn: (ref: EndpointRef, cause: string) => Promise<void>;
  /** Where webhooks may go. */
  readonly webhookRules: WebhookRules;
  /** Null: push is not configured. */
  readonly push: PushAuthority | null;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Whose key came with the request; null on open routes. */
    caller: Caller | null;
    /** The tenant of the key; "" on open routes, and for operators. */
    tenantId: string;
    /** Null: the request changes nothing, or was refused. */
    audit: AuditMark | null;
  }
}
