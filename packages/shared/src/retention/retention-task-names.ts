/** What retention does, in the order in which it does it when everything is due: what names content goes before the content. */
export const retentionTaskNames = [
  "messages",
  "syncs",
  "dead-letters",
  "blobs",
  "traces",
  "requests",
  "idempotency-keys",
  "browser-tokens",
  "api-keys",
  "verifications",
  "notes",
  "removed-accounts",
  "audit-entries",
  "webhook-deliveries",
  "connect-links",
  "activity",
  "retention-runs",
] as const;

export type RetentionTaskName = (typeof retentionTaskNames)[number];
