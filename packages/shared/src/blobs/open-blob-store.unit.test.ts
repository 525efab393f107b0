import { expect, it } from "vitest";
import { z } from "zod";
import { ConfigError, parseConfig } from "../runtime/parse-config.ts";
import { blobEnv } from "./blob-env.ts";
import { s3OptionsOf } from "./open-blob-store.ts";

const optionsOf = (env: Record<string, string>) => s3OptionsOf(parseConfig(z.object(blobEnv), env));
const keys = { BLOB_STORE_S3_ACCESS_KEY_ID: "id", BLOB_STORE_S3_SECRET_ACCESS_KEY: "secret" };

it("is a folder as long as no bucket is named", () => {
  expect(optionsOf({})).toBe(null);
  expect(optionsOf({ BLOB_STORE_DIR: "/srv/blobs", BLOB_STORE_S3_ENDPOINT: "http://127.0.0.1:9000" })).toBe(
    null,
  );
});

it("is Amazon's S3 with what the SDK finds by itself, when there is a bucket and nothing else", () => {
  expect(optionsOf({ BLOB_STORE_S3_BUCKET: "mail" })).toEqual({
    bucket: "mail",
    endpoint: undefined,
    region: "us-east-1",
    isPathStyle: false,
    prefix: "",
  });
});

it("is another server with buckets in the path, unless it is told otherwise", () => {
  const env = { BLOB_STORE_S3_BUCKET: "mail", BLOB_STORE_S3_ENDPOINT: "http://127.0.0.1:9000", ...keys };
  expect(optionsOf(env)).toMatchObject({
    isPathStyle: true,
    credentials: { accessKeyId: "id", secretAccessKey: "secret" },
  });
  expect(optionsOf({ ...env, BLOB_STORE_S3_PATH_STYLE: "false" })).toMatchObject({ isPathStyle: false });
});

it.each([
  { BLOB_STORE_S3_BUCKET: "mail", BLOB_STORE_S3_ACCESS_KEY_ID: "id" },
  { BLOB_STORE_S3_BUCKET: "mail", BLOB_STORE_S3_PREFIX: "no-slash" },
  { BLOB_STORE_S3_BUCKET: "mail", BLOB_STORE_S3_PREFIX: "/a/" },
  { BLOB_STORE_S3_BUCKET: "mail", BLOB_STORE_S3_ENDPOINT: "127.0.0.1" },
  { BLOB_STORE_S3_BUCKET: "mail", BLOB_STORE_S3_PATH_STYLE: "yes" },
])("does not start with half of a configuration: %o", (env) => {
  expect(() => optionsOf(env as Record<string, string>)).toThrow(ConfigError);
});
