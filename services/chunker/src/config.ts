import { providerEnv } from "@millrace/shared/providers/provider-env";
import { commonEnv, envInt } from "@millrace/shared/runtime/parse-config";
import { z } from "zod";

export const chunkerConfigSchema = z.object({
  ...commonEnv,
  ...providerEnv,
  /** Messages a chunk, where neither request nor account says. */
  CHUNK_SIZE: envInt(1, 500).default(100),
  /** How many chunks of one sync may be queued or claimed at once. */
  WINDOW_CHUNKS: envInt(1, 1000).default(4),
  /** How many requests and events are handled at once. */
  CHUNKER_SLOTS: envInt(1, 100).default(8),
  /** How many listings are asked for at once. */
  CHUNKER_LISTING_SLOTS: envInt(1, 100).default(4),
});
