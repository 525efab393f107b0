import { commonEnv, envInt } from "@millrace/shared/runtime/parse-config";
import { z } from "zod";

export const janitorConfigSchema = z.object({
  ...commonEnv,
  /** How often running syncs are compared with what is queued and claimed, in seconds. */
  RECONCILE_SECONDS: envInt(1, 3600).default(15),
  /** A sync that has moved within this many seconds is left alone. */
  RECONCILE_IDLE_SECONDS: envInt(1, 3600).default(20),
  /** A mailbox that refused us is tried again after so many seconds, then each time that the time has doubled. */
  CONSENT_PROBE_SECONDS: envInt(1, 86_400).default(30),
});
