import { blobEnv } from "@millrace/shared/blobs/blob-env";
import { natsEnv } from "@millrace/shared/nats/nats-env";
import { providerEnv } from "@millrace/shared/providers/provider-env";
import { scheduleEnv } from "@millrace/shared/retention/schedule-env";
import { commonEnv, parseConfig } from "@millrace/shared/runtime/parse-config";
import { withSecretFiles } from "@millrace/shared/runtime/with-secret-files";
import { z } from "zod";
import type { Env } from "../program/surroundings.ts";

/** All that the doctor is given to look at, as services have it; each part may be missing. */
const schema = z.object({
  ...natsEnv,
  NATS_URL: natsEnv.NATS_URL.optional(),
  NATS_REPLICAS: commonEnv.NATS_REPLICAS,
  NATS_LOG_MIB: commonEnv.NATS_LOG_MIB,
  CLAIM_SECONDS: commonEnv.CLAIM_SECONDS,
  NATS_USERS_DIR: z.string().optional(),
  DATABASE_URL: z.string().optional(),
  MILLRACE_ENCRYPTION_KEYS: z.string().optional(),
  ...blobEnv,
  BLOB_STORE_DIR: z.string().optional(),
  ...scheduleEnv,
  GOOGLE_CLIENT_ID: z.string().optional(),
  GOOGLE_CLIENT_SECRET: z.string().optional(),
  GOOGLE_TOKEN_URL: providerEnv.GOOGLE_TOKEN_URL,
});
export type DoctorEnv = z.output<typeof schema>;

/** @throws {ConfigError} names every variable that makes no sense */
export const parseDoctorEnv = (env: Env): DoctorEnv => parseConfig(schema, withSecretFiles(env));
