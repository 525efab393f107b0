import type { components } from "./api-types.ts";

type Schemas = components["schemas"];

export type Account = Schemas["Account"];
export type Activity = Schemas["Activity"];
export type ApiKey = Schemas["ApiKey"];
export type Attachment = Schemas["Attachment"];
export type AuditEntry = Schemas["AuditEntry"];
export type BrowserToken = Schemas["BrowserToken"];
export type Chunk = Schemas["Chunk"];
export type ConnectLink = Schemas["ConnectLink"];
export type DeadLetter = Schemas["DeadLetter"];
/** A fact of the log, as the audit trail keeps it. */
export type Event = Schemas["Event"];
export type Label = Schemas["Label"];
/** Who a key or browser token is. */
export type Me = Schemas["Me"];
export type Message = Schemas["Message"];
export type MessageSummary = Schemas["MessageSummary"];
export type Overview = Schemas["Overview"];
export type RetentionRun = Schemas["RetentionRun"];
export type Quota = Schemas["Quota"];
export type Sync = Schemas["Sync"];
export type SyncStatus = Sync["status"];
export type Tenant = Schemas["Tenant"];
export type TenantHealth = Schemas["TenantHealth"];
export type TenantWithHealth = Schemas["TenantWithHealth"];
export type Verification = Schemas["Verification"];
export type WebhookDelivery = Schemas["WebhookDelivery"];
export type WebhookEndpoint = Schemas["WebhookEndpoint"];

const ended: ReadonlySet<SyncStatus> = new Set(["completed", "partial", "failed", "cancelled", "coalesced"]);

/** Nothing of it changes any more; but a partial sync completes when its dead letters are redriven. */
export const hasEnded = (sync: { readonly status: SyncStatus }): boolean => ended.has(sync.status);

/** It has ended, and none of its dead letters is being tried again: where `watchSync` ends. */
export const isOver = (sync: Pick<Sync, "status" | "progress">): boolean =>
  // An API from before it told so counts as one where none is.
  hasEnded(sync) && !(sync.progress.redriving > 0);

/** The webhook `account.consent_ending` comes as long before. */
const soonMs = 3 * 86_400_000;

/** The mailbox cannot be read any more in three days, or already, unless it is connected again. */
export const consentEndsSoon = (
  { status, consentEndsAt }: Pick<Account, "status" | "consentEndsAt">,
  nowMs: number,
): boolean => status === "connected" && consentEndsAt !== null && Date.parse(consentEndsAt) <= nowMs + soonMs;

/** It is over, whether or not a sync has met that by now. */
export const consentHasEnded = ({ consentEndsAt }: Pick<Account, "consentEndsAt">, nowMs: number): boolean =>
  consentEndsAt !== null && Date.parse(consentEndsAt) <= nowMs;
