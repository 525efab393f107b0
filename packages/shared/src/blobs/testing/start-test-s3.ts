import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import S3rver from "@20minutes/s3rver";
import type { S3StoreOptions } from "../create-s3-store.ts";

export interface TestS3 {
  /** Of a store in its bucket. */
  readonly options: S3StoreOptions;
  /** The file that it keeps an object in: its time is when the object was written. */
  fileOf(key: string): string;
  stop(): Promise<void>;
}

const bucket = "millrace-test";

/** A server that speaks S3, on a free port and a folder of its own, with one empty bucket. */
export async function startTestS3(): Promise<TestS3> {
  const directory = await mkdtemp(join(tmpdir(), "millrace-s3-"));
  const server = new S3rver({
    address: "127.0.0.1",
    port: 0,
    silent: true,
    allowMismatchedSignatures: true, // it signs listings with a prefix otherwise than the SDK
    directory,
    configureBuckets: [{ name: bucket, configs: [] }],
  });
  const { port } = await server.run();
  return {
    options: {
      bucket,
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      isPathStyle: true,
      prefix: "",
      credentials: { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" },
    },
    fileOf: (key) => join(directory, bucket, `${key}._S3rver_object`),
    stop: async () => {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
