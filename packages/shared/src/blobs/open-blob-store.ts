import { resolve } from "node:path";
import type { z } from "zod";
import type { Pool } from "../postgres/create-pool.ts";
import type { Logger } from "../runtime/create-logger.ts";
import { ConfigError } from "../runtime/parse-config.ts";
import type { Shutdown } from "../runtime/shutdown.ts";
import type { blobEnv } from "./blob-env.ts";
import { type BlobStore, BlobStoreAwayError } from "./blob-store.ts";
import { createFolderStore } from "./create-folder-store.ts";
import type { S3StoreOptions } from "./create-s3-store.ts";
import { createNameGuard } from "./name-guard.ts";
import { ownedStore } from "./owned-store.ts";
import { MissingBlobStoreError } from "./store-mark-errors.ts";

type BlobConfig = z.output<z.ZodObject<typeof blobEnv>>;

/** Of a bucket; each look is a request that may be paid for. */
const bucketMarkMs = 60_000;

interface Ports {
  readonly pool: Pool;
  readonly log: Logger;
  readonly shutdown: Pick<Shutdown, "onShutdown">;
}

/**
 * The blob store of a service's configuration; what it holds open closes with the service. Whether it is there is looked at
 * once, for the log: a service starts without it. Amazon's client takes 24 MiB, so it is loaded only where there is a bucket.
 */
export async function openBlobStore(config: BlobConfig, { pool, log, shutdown }: Ports): Promise<BlobStore> {
  const options = s3OptionsOf(config);
  const guard = createNameGuard(pool);
  if (options === null) {
    const place = resolve(config.BLOB_STORE_DIR);
    return looked(ownedStore(createFolderStore(config.BLOB_STORE_DIR, guard), pool, { place, log }), log);
  }
  const { createS3Store } = await import("./create-s3-store.ts");
  const store = createS3Store(options, guard);
  shutdown.onShutdown("blobs", () => store.close());
  return looked(ownedStore(store, pool, { place: s3Place(options), log, markMs: bucketMarkMs }), log);
}

/** A store in a bucket, in words. */
export const s3Place = ({ bucket, prefix }: S3StoreOptions): string => `s3://${bucket}/${prefix}`;

function looked(store: BlobStore, log: Logger): BlobStore {
  const anyName = "0".repeat(64);
  store.has(anyName).catch((error: unknown) => {
    const hasToldItself = error instanceof BlobStoreAwayError && error.cause instanceof MissingBlobStoreError;
    if (!hasToldItself) log.warn({ err: error }, "the blob store is away");
  });
  return store;
}

/**
 * Null when blobs are kept in a folder.
 *
 * @throws {ConfigError} when half of the credentials is missing
 */
export function s3OptionsOf(config: Omit<BlobConfig, "BLOB_STORE_DIR">): S3StoreOptions | null {
  const { BLOB_STORE_S3_BUCKET: bucket, BLOB_STORE_S3_ENDPOINT: endpoint } = config;
  if (bucket === undefined) return null;
  const accessKeyId = config.BLOB_STORE_S3_ACCESS_KEY_ID;
  const secretAccessKey = config.BLOB_STORE_S3_SECRET_ACCESS_KEY;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    throw new ConfigError([
      "set both BLOB_STORE_S3_ACCESS_KEY_ID and BLOB_STORE_S3_SECRET_ACCESS_KEY, or none",
    ]);
  }
  const { BLOB_STORE_S3_PATH_STYLE: pathStyle } = config;
  return {
    bucket,
    endpoint,
    region: config.BLOB_STORE_S3_REGION,
    isPathStyle: pathStyle === undefined ? endpoint !== undefined : pathStyle === "true",
    prefix: config.BLOB_STORE_S3_PREFIX,
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey } }),
  };
}
