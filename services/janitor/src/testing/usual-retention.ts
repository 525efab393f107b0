import { janitorConfigSchema } from "../config.ts";
import type { RetentionConfig } from "../retention/retention-tasks.ts";

/** What retention does where nobody has set anything. */
export const usualRetention: RetentionConfig = janitorConfigSchema.parse({
  DATABASE_URL: "postgres://127.0.0.1/none",
  NATS_URL: "nats://127.0.0.1:1",
  BLOB_DIR: "/nowhere",
});
