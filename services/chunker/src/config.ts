import { providerEnv } from "@millrace/shared/providers/provider-env";
import { commonEnv, envInt } from "@millrace/shared/runtime/parse-config";
import { z } from "zod";

export const chunkerConfigSchema = z.object({
  ...commonEnv,
  ...providerEnv,
  CHUNK_SIZE: envInt(1, 500).default(100).describe("messages a chunk, where the request does not say"),
  WINDOW_CHUNKS: envInt(1, 1000)
    .default(4)
    .describe(
      "chunks of one sync that may be queued or claimed at once; as many as one fetcher works on (`FETCHER_BULK_SLOTS`), so that a small mailbox waits for one round of a large one",
    ),
  CHUNKER_SLOTS: envInt(1, 100).default(8).describe("requests and facts handled at once"),
  CHUNKER_LISTING_SLOTS: envInt(1, 100).default(4).describe("listings and verifications asked for at once"),
});
