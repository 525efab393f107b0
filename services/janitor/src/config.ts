import { blobEnv } from "@millrace/shared/blobs/blob-env";
import { providerEnv, pushEnv } from "@millrace/shared/providers/provider-env";
import { scheduleEnv } from "@millrace/shared/retention/schedule-env";
import { commonEnv, envInt } from "@millrace/shared/runtime/parse-config";
import { z } from "zod";
import { envPeriod } from "./retention/default-periods-of.ts";

/** Where the janitor sets watches it talks to providers; where it can, it also looks before it asks for a poll's sync. */
const neededForPush = ["MILLRACE_ENCRYPTION_KEYS", "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"] as const;

export const janitorConfigSchema = z
  .object({
    ...commonEnv,
    ...providerEnv,
    ...pushEnv,
    ...blobEnv,
    MILLRACE_ENCRYPTION_KEYS: providerEnv.MILLRACE_ENCRYPTION_KEYS.optional().describe(
      "`<id>:<base64 of 32 bytes>`, several separated by commas; the first seals, all open",
    ),
    GOOGLE_CLIENT_ID: providerEnv.GOOGLE_CLIENT_ID.optional().describe("the OAuth client's id"),
    GOOGLE_CLIENT_SECRET: providerEnv.GOOGLE_CLIENT_SECRET.optional().describe("the OAuth client's secret"),
    RECONCILE_SECONDS: envInt(1, 3600)
      .default(15)
      .describe("how often running syncs are compared with the queue"),
    RECONCILE_IDLE_SECONDS: envInt(1, 3600)
      .default(20)
      .describe("a sync that has moved within so many seconds is left alone"),
    CONSENT_PROBE_SECONDS: envInt(1, 86_400)
      .default(30)
      .describe(
        "a mailbox that refused us is looked at again after this, then each time that the time has doubled",
      ),
    VERIFY_EVERY_DAYS: envInt(0, 365)
      .default(7)
      .describe(
        "each mailbox is compared with the store once in so many days, where its tenant says nothing else, and what differs is taken in; 0: only when somebody asks",
      ),
    VERIFY_AT_ONCE: envInt(1, 1_000)
      .default(2)
      .describe("comparisons by schedule that run at once, over all accounts"),
    POLL_MIN_SECONDS: envInt(1, 86_400)
      .default(60)
      .describe("adaptive schedules: how soon they look again after changes"),
    POLL_IDLE_SECONDS: envInt(1, 604_800)
      .default(3_600)
      .describe(
        "adaptive schedules: the longest distance, when there have been no changes for half a day; half of it after an hour or two",
      ),
    POLL_IDLE_PUSH_SECONDS: envInt(1, 604_800)
      .default(21_600)
      .describe("adaptive schedules: the longest distance where push works"),
    DATABASE_MIB_MAX: envInt(1, 1024 ** 3)
      .optional()
      .describe(
        "how large the database may grow, as its disk or its plan has it: when it will be full is told of then. Nobody can ask Postgres for that",
      ),
    RETENTION_SECONDS: scheduleEnv.RETENTION_SECONDS,
    RETENTION_RUN_SECONDS: envInt(1, 86_400)
      .default(300)
      .describe(
        "a run of one of retention's tasks ends after so long; what is left the next one does, within a minute",
      ),
    RETENTION_RUN_ROWS: envInt(1, 100_000_000)
      .default(1_000_000)
      .describe("as above, after about so many rows"),
    RETENTION_SCHEDULES: scheduleEnv.RETENTION_SCHEDULES,
    RETAIN_FINISHED_SYNCS_DAYS: envPeriod("finishedSyncsDays")
      .default(30)
      .describe(
        "syncs that were completed, cancelled or coalesced are kept for so long, with their chunks and facts",
      ),
    RETAIN_FAILED_SYNCS_DAYS: envPeriod("failedSyncsDays")
      .default(7)
      .describe("failed syncs are kept for so long"),
    RETAIN_DEAD_LETTERS_DAYS: envPeriod("deadLettersDays")
      .default(30)
      .describe("dead letters that are settled are kept for so long, where their sync is kept"),
    RETAIN_OPEN_LETTERS_DAYS: envPeriod("openDeadLettersDays")
      .default(180)
      .describe("open dead letters of which nobody has wanted anything for so long are discarded; 0: never"),
    RETAIN_IDEMPOTENCY_KEYS_DAYS: envPeriod("idempotencyKeysDays")
      .default(30)
      .describe("for so long an idempotency key names the sync that it was used for, if that is still there"),
    RETAIN_DELETED_DAYS: envPeriod("deletedMessagesDays")
      .default(30)
      .describe("messages that were deleted in the mailbox, or are in trash or spam, are kept for so long"),
    RETAIN_WEBHOOKS_DAYS: envPeriod("webhookDeliveriesDays")
      .default(30)
      .describe("what webhook endpoints were told is kept for so long, to be sent again"),
    RETAIN_ACCOUNT_STATES_DAYS: envPeriod("accountStatesDays")
      .default(40)
      .describe("facts that say how an account stood are kept for so long once newer ones say how it stands"),
    RETAIN_VERIFICATIONS_DAYS: envPeriod("verificationsDays")
      .default(90)
      .describe(
        "comparisons of a mailbox with the store are kept for so long; the newest of an account stays",
      ),
    RETAIN_TRACES_DAYS: envPeriod("tracesDays")
      .default(7)
      .describe("marks that keep late answers from bringing back what is gone are kept for so long"),
    RETAIN_CONNECT_LINKS_DAYS: envPeriod("connectLinksDays")
      .default(1)
      .describe("links to connect a mailbox are kept for so long after they have expired"),
    RETAIN_BROWSER_TOKENS_DAYS: envPeriod("browserTokensDays")
      .default(1)
      .describe("hashes of browser tokens are kept for so long after their end"),
    RETAIN_ACTIVITY_DAYS: envPeriod("activityDays")
      .default(8)
      .describe("counts of each minute's activity are kept for so long"),
    RETAIN_RUNS_DAYS: envPeriod("retentionRunsDays")
      .default(90)
      .describe("what runs of retention have removed is kept for so long"),
    RETAIN_ORPHANS_HOURS: envInt(1, 8_760)
      .default(24)
      .describe(
        "content of attachments that no message carries is kept for so long; it is no tenant's, so no tenant has a time of its own for it",
      ),
    REMOVAL_BLOB_GRACE_SECONDS: envInt(1, 86_400)
      .default(600)
      .describe(
        "content of a removed account that was put so recently waits: another account may be about to name it",
      ),
    REMOVAL_SWEEP_SECONDS: envInt(1, 86_400)
      .default(900)
      .describe("after so long a removed account is looked through once more"),
    RETAIN_AUDIT_DAYS: envPeriod("auditDays")
      .default(365)
      .describe("who has asked for what is kept for so long"),
  })
  .superRefine((config, context) => {
    if (config.GMAIL_PUBSUB_TOPIC === undefined) return;
    for (const name of neededForPush) {
      if (config[name] === undefined)
        context.addIssue({ code: "custom", path: [name], message: "GMAIL_PUBSUB_TOPIC needs it" });
    }
  });
