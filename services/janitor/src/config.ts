import { blobEnv } from "@millrace/shared/blobs/blob-env";
import { providerEnv, pushEnv } from "@millrace/shared/providers/provider-env";
import { commonEnv, envInt } from "@millrace/shared/runtime/parse-config";
import { z } from "zod";

/** Where the janitor sets watches it talks to providers; where it can, it also looks before it asks for a poll's sync. */
const neededForPush = ["MILLRACE_ENCRYPTION_KEYS", "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"] as const;

export const janitorConfigSchema = z
  .object({
    ...commonEnv,
    ...providerEnv,
    ...pushEnv,
    ...blobEnv,
    MILLRACE_ENCRYPTION_KEYS: providerEnv.MILLRACE_ENCRYPTION_KEYS.optional(),
    GOOGLE_CLIENT_ID: providerEnv.GOOGLE_CLIENT_ID.optional(),
    GOOGLE_CLIENT_SECRET: providerEnv.GOOGLE_CLIENT_SECRET.optional(),
    /** How often running syncs are compared with what is queued and claimed, in seconds. */
    RECONCILE_SECONDS: envInt(1, 3600).default(15),
    /** A sync that has moved within this many seconds is left alone. */
    RECONCILE_IDLE_SECONDS: envInt(1, 3600).default(20),
    /** A mailbox that refused us is tried again after so many seconds, then each time that the time has doubled. */
    CONSENT_PROBE_SECONDS: envInt(1, 86_400).default(30),
    /** Adaptive schedules look again after so long at least, in seconds. */
    POLL_MIN_SECONDS: envInt(1, 86_400).default(60),
    /** While nothing happens they look after so long at most, where we are not told of changes. */
    POLL_IDLE_SECONDS: envInt(1, 604_800).default(3_600),
    /** The same, where we are told. */
    POLL_IDLE_PUSH_SECONDS: envInt(1, 604_800).default(21_600),
    /** How often is removed what has had its time, in seconds. */
    RETENTION_SECONDS: envInt(1, 604_800).default(21_600),
    /** Messages that were deleted in the mailbox, or are in trash or spam, are kept for so many days. */
    RETAIN_DELETED_DAYS: envInt(1, 36_500).default(30),
    /** What webhook endpoints were told can be sent again for so many days; longer than it is tried. */
    RETAIN_WEBHOOKS_DAYS: envInt(4, 36_500).default(30),
    /** Content that no row names is kept for so many hours: its row may be on its way. */
    RETAIN_ORPHANS_HOURS: envInt(1, 8_760).default(24),
    /** Content of a removed account that was put within so many seconds waits: another account may be about to name it. */
    REMOVAL_BLOB_GRACE_SECONDS: envInt(1, 86_400).default(600),
    /** After so long a removed account is looked through once more, for what slow workers have left. */
    REMOVAL_SWEEP_SECONDS: envInt(1, 86_400).default(900),
    /** Who has asked for what is kept for so many days. */
    RETAIN_AUDIT_DAYS: envInt(1, 36_500).default(365),
  })
  .superRefine((config, context) => {
    if (config.GMAIL_PUBSUB_TOPIC === undefined) return;
    for (const name of neededForPush) {
      if (config[name] === undefined)
        context.addIssue({ code: "custom", path: [name], message: "GMAIL_PUBSUB_TOPIC needs it" });
    }
  });
