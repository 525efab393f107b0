import { blobEnv } from "@millrace/shared/blobs/blob-env";
import { providerEnv } from "@millrace/shared/providers/provider-env";
import { commonEnv, envInt } from "@millrace/shared/runtime/parse-config";
import { z } from "zod";

export const fetcherConfigSchema = z.object({
  ...commonEnv,
  ...providerEnv,
  ...blobEnv,
  FETCHER_BULK_SLOTS: envInt(1, 100).default(4).describe("chunks of the bulk lane worked on at once"),
  FETCHER_LIVE_SLOTS: envInt(1, 100)
    .default(2)
    .describe("chunks of the live lane worked on at once, beside those"),
  FETCHER_FLUSH_KIB: envInt(64, 262_144)
    .default(4_096)
    .describe("fetched mail is written when it weighs this much"),
  FETCHER_LARGE_MIB: envInt(1, 4_096)
    .default(16)
    .describe(
      "answers of 1 MiB and more that are read and stored at once, together in MiB; others wait meanwhile, and a larger one goes alone. Takes up to four times as much memory",
    ),
  GMAIL_BATCH_SIZE: envInt(1, 100)
    .default(50)
    .describe("messages a batch call; Gmail does not recommend more than 50"),
});
