import type { RetentionRun, Tenant } from "@millrace/client";
import { bytes, count, plural } from "../format/numbers.ts";
import type { Tone } from "../ui/controls.tsx";

export type Task = RetentionRun["task"];
export type State = RetentionRun["state"];
export type Periods = Tenant["retention"];
/** What is null is as it is for everybody again. */
export type PeriodsChange = { readonly [Name in keyof Periods]: Periods[Name] | null };

/** In the order in which they are done. */
export const tasks: Record<Task, { readonly name: string; readonly about: string }> = {
  messages: { name: "Deleted mail", about: "Mail that was deleted in its mailbox, or is in trash or spam" },
  syncs: { name: "Old syncs", about: "Syncs that ended long ago, with their chunks, facts and dead letters" },
  "dead-letters": {
    name: "Dead letters",
    about: "Dead letters that were settled long ago; open ones that nobody wants are discarded first",
  },
  blobs: { name: "Unused content", about: "Attachments and exact bytes that no message carries" },
  traces: { name: "Traces", about: "What keeps late answers from bringing back what is gone" },
  requests: { name: "Requests", about: "Requests that became no sync" },
  "idempotency-keys": { name: "Idempotency keys", about: "Which key was used for which sync" },
  "browser-tokens": { name: "Browser tokens", about: "Tokens whose time is over" },
  "api-keys": { name: "API keys", about: "Keys that were revoked or have expired long ago" },
  verifications: { name: "Comparisons", about: "What comparisons of mailboxes with the store have found" },
  notes: { name: "Account facts", about: "What happened to accounts" },
  "removed-accounts": { name: "Removed accounts", about: "What remained of accounts that were removed" },
  "audit-entries": { name: "Audit trail", about: "Who asked for what" },
  "webhook-deliveries": { name: "Webhook deliveries", about: "What webhook endpoints were told" },
  "connect-links": { name: "Connect links", about: "Links by which mailboxes were connected" },
  activity: { name: "Activity", about: "Counts of what happened, minute by minute" },
  "retention-runs": { name: "Retention runs", about: "Records of retention itself" },
};
/** Concern what is nobody's alone: no tenant can have them done. */
const operatorsTasks: ReadonlySet<string> = new Set<Task>(["blobs", "retention-runs"]);
export const taskNamesFor = (kind: string): Task[] =>
  (Object.keys(tasks) as Task[]).filter((task) => kind === "operator" || !operatorsTasks.has(task));

export const states: Record<State, Tone> = {
  requested: "idle",
  running: "active",
  completed: "good",
  failed: "bad",
  stopped: "warn",
};
export const isUnderWay = ({ state }: RetentionRun): boolean => state === "requested" || state === "running";

const kinds: Record<string, readonly [one: string, many: string]> = {
  messages: ["message", "messages"],
  syncs: ["sync", "syncs"],
  chunks: ["chunk", "chunks"],
  letters: ["dead letter", "dead letters"],
  letterContents: ["dead letter's bytes", "dead letters' bytes"],
  discarded: ["dead letter discarded", "dead letters discarded"],
  events: ["fact", "facts"],
  claims: ["claim", "claims"],
  idempotencyKeys: ["idempotency key", "idempotency keys"],
  browserTokens: ["browser token", "browser tokens"],
  apiKeys: ["API key", "API keys"],
  verifications: ["comparison's row", "comparisons' rows"],
  removedAccounts: ["removed account", "removed accounts"],
  blobs: ["piece of content", "pieces of content"],
  unfinished: ["unfinished upload", "unfinished uploads"],
  tombstones: ["trace of a message", "traces of messages"],
  labels: ["trace of a label", "traces of labels"],
  requests: ["request", "requests"],
  notes: ["fact", "facts"],
  auditEntries: ["audit entry", "audit entries"],
  webhooks: ["webhook message", "webhook messages"],
  connectLinks: ["link", "links"],
  activity: ["minute of counts", "minutes of counts"],
  retentionRuns: ["record", "records"],
};

/** "1,204 messages, 3 syncs"; null: nothing. A kind that a newer server has is called as it calls it. */
export function removedOf({ removed }: Pick<RetentionRun, "removed">): string | null {
  const parts = Object.entries(removed).filter(([, n]) => n > 0);
  if (parts.length === 0) return null;
  return parts.map(([kind, n]) => `${count(n)} ${(kinds[kind] ?? [kind, kind])[n === 1 ? 0 : 1]}`).join(", ");
}

export const bytesOf = ({ bytes: size }: Pick<RetentionRun, "bytes">): string | null =>
  size > 0 ? bytes(size) : null;

/** What a tenant may keep longer or shorter than everybody; between which days, the API says. 0 is for ever. */
export const periods: Record<keyof Periods, string> = {
  deletedMessagesDays: "Deleted mail",
  finishedSyncsDays: "Finished syncs",
  failedSyncsDays: "Failed syncs",
  deadLettersDays: "Settled dead letters",
  openDeadLettersDays: "Open dead letters",
  idempotencyKeysDays: "Idempotency keys",
  verificationsDays: "Comparisons",
  tracesDays: "Traces",
  auditDays: "Audit trail",
  accountStatesDays: "Former states of accounts",
  webhookDeliveriesDays: "Webhook deliveries",
  connectLinksDays: "Connect links",
  browserTokensDays: "Ended browser tokens",
  activityDays: "Activity",
  retentionRunsDays: "Retention runs",
};
export const periodNames = Object.keys(periods) as (keyof Periods)[];
export const daysInWords = (days: number): string => (days === 0 ? "for ever" : plural(days, "day"));

type Bounds = Pick<Tenant["retentionInForce"][keyof Periods], "daysMin" | "daysMax">;
/** So many days are no bound to anybody. */
const centuryDays = 36_500;

/** What is to be known of a period before it is changed. */
export function hintOf({ daysMin, daysMax }: Bounds): string | undefined {
  if (daysMin === 0) return "0: for ever";
  if (daysMax < centuryDays) return `${daysMin} to ${daysMax} days`;
  return daysMin > 1 ? `${daysMin} days at least` : undefined;
}
