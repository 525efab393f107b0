import { z } from "zod";

const days = (what: string, min = 1) => z.int().min(min).max(36_500).optional().describe(`${what}, in days`);

/** Periods that a tenant may have of its own; what it does not name is as it is for everybody (`RETAIN_…`). */
export const tenantPeriodsSchema = z
  .strictObject({
    finishedSyncsDays: days(
      "How long completed, partial, cancelled and coalesced syncs are kept after their end",
    ),
    failedSyncsDays: days("How long failed syncs are kept after their end", 7),
    deletedMessagesDays: days("How long messages are kept that were deleted in the mailbox"),
    deadLettersDays: days("How long dead letters are kept after they were settled, where their sync is kept"),
    openDeadLettersDays: days(
      "How long open dead letters wait for somebody to want something of them, until they are discarded; 0: for ever",
      0,
    ),
    idempotencyKeysDays: days("For how long an idempotency key names the sync that it was used for"),
    auditDays: days("How long is kept who has asked for what, and what happened to accounts"),
    webhookDeliveriesDays: days("How long is kept what webhook endpoints were told", 4),
  })
  .meta({ id: "RetentionPeriods" });

export type TenantPeriods = z.infer<typeof tenantPeriodsSchema>;
export type PeriodName = keyof TenantPeriods;
