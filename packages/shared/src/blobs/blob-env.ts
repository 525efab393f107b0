import { z } from "zod";

/** Variables of the services that keep or read attachments. All of them must name the same store. */
export const blobEnv = {
  /** A folder that all services see, when there is no bucket. */
  BLOB_STORE_DIR: z.string().default("data/blobs"),
  /** Keeps blobs in S3, or in a server that speaks it, instead of a folder. */
  BLOB_STORE_S3_BUCKET: z.string().min(3).optional(),
  /** Of a server that is not Amazon's. */
  BLOB_STORE_S3_ENDPOINT: z.url("must be a URL, http://127.0.0.1:9000 for example").optional(),
  BLOB_STORE_S3_REGION: z.string().default("us-east-1"),
  /** Whether the bucket stands in the path; when not set: with an endpoint of your own, yes. */
  BLOB_STORE_S3_PATH_STYLE: z.enum(["true", "false"], "must be true or false").optional(),
  /** Before every key: several installations share a bucket. */
  BLOB_STORE_S3_PREFIX: z
    .string()
    .regex(/^([A-Za-z0-9._-]+\/)*$/, "must be empty, or names that each end in a slash")
    .default(""),
  /** Both or none; without them the SDK looks where it usually does. */
  BLOB_STORE_S3_ACCESS_KEY_ID: z.string().optional(),
  BLOB_STORE_S3_SECRET_ACCESS_KEY: z.string().optional(),
} as const;
