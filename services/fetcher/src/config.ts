import { blobEnv } from "@millrace/shared/blobs/blob-env";
import { providerEnv } from "@millrace/shared/providers/provider-env";
import { commonEnv, envInt } from "@millrace/shared/runtime/parse-config";
import { z } from "zod";

export const fetcherConfigSchema = z.object({
  ...commonEnv,
  ...providerEnv,
  ...blobEnv,
  /** Chunks of the bulk lane worked on at once. */
  FETCHER_BULK_SLOTS: envInt(1, 100).default(4),
  /** Chunks of the live lane worked on at once, beside those: a newcomer's first mail waits for no backlog. */
  FETCHER_LIVE_SLOTS: envInt(1, 100).default(2),
  /** Fetched mail is written when it weighs this much, in KiB. */
  FETCHER_FLUSH_KIB: envInt(64, 262_144).default(4_096),
  /** Answers of 1 MiB and more that are read and stored at once, together in MiB. A larger one goes alone. */
  FETCHER_LARGE_MIB: envInt(1, 4_096).default(16),
  /** Messages a batch call, at most; Gmail does not recommend more than 50. */
  GMAIL_BATCH_SIZE: envInt(1, 100).default(50),
});
