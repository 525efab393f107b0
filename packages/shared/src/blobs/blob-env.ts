import { z } from "zod";

/** Variables of the services that keep or read attachments. All of them must name the same store. */
export const blobEnv = {
  BLOB_STORE_DIR: z.string().default("data/blobs").describe("folder of attachments, when there is no bucket"),
  BLOB_STORE_S3_BUCKET: z.string().min(3).optional().describe("keeps attachments in S3 instead of a folder"),
  BLOB_STORE_S3_ENDPOINT: z
    .url("must be a URL, http://127.0.0.1:9000 for example")
    .optional()
    .describe("another server that speaks S3"),
  BLOB_STORE_S3_REGION: z.string().default("us-east-1").describe("the bucket's region"),
  BLOB_STORE_S3_PATH_STYLE: z
    .enum(["true", "false"], "must be true or false")
    .optional()
    .describe(
      "whether the bucket stands in the path; with an endpoint of your own it does unless this is `false`",
    ),
  BLOB_STORE_S3_PREFIX: z
    .string()
    .regex(/^([A-Za-z0-9._-]+\/)*$/, "must be empty, or names that each end in a slash")
    .default("")
    .describe("stands before every key and ends in a slash, so that several installations share a bucket"),
  BLOB_STORE_S3_ACCESS_KEY_ID: z
    .string()
    .optional()
    .describe("without them the SDK looks in its environment, its files, and at the machine's own service"),
  BLOB_STORE_S3_SECRET_ACCESS_KEY: z.string().optional().describe("the secret of that key"),
} as const;
