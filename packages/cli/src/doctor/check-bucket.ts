import { BlobStoreAwayError } from "@millrace/shared/blobs/blob-store";
import type { S3StoreOptions } from "@millrace/shared/blobs/create-s3-store";
import { s3OptionsOf, s3Place } from "@millrace/shared/blobs/open-blob-store";
import { checkStoreOwner } from "./check-store-owner.ts";
import type { DoctorEnv } from "./doctor-env.ts";
import { type Finding, fail, ok, skipped } from "./finding.ts";

const check = "blobs.reachable";
const credentials = "BLOB_STORE_S3_ACCESS_KEY_ID and BLOB_STORE_S3_SECRET_ACCESS_KEY";

/** The bucket of attachments: whether it is there with these credentials, and is the one that the database knows. It reads one object. */
export async function checkBucket(env: DoctorEnv): Promise<Finding[]> {
  if (Boolean(env.BLOB_STORE_S3_ACCESS_KEY_ID) !== Boolean(env.BLOB_STORE_S3_SECRET_ACCESS_KEY))
    return [skipped(check, "The bucket was not looked at", `Set both ${credentials}, or none.`)];
  const options = s3OptionsOf(env);
  if (options === null) return [];
  const place = s3Place(options);
  // Amazon's client takes 24 MiB.
  const { createS3Store } = await import("@millrace/shared/blobs/create-s3-store");
  const store = createS3Store(options);
  try {
    const owner = await store.owner();
    return [
      ok(check, `${place} answers`),
      ...(await checkStoreOwner(place, async () => owner, env.DATABASE_URL)),
    ];
  } catch (error) {
    if (!(error instanceof BlobStoreAwayError)) throw error;
    return [judgeBucketError(options, error.cause)];
  } finally {
    store.close();
  }
}

/** @param error of Amazon's client: its own with a status, or of the network */
export function judgeBucketError(options: S3StoreOptions, error: unknown): Finding {
  const { bucket, endpoint } = options;
  const place = s3Place(options);
  const { name = "", message = "", code, $metadata } = error as S3Error;
  const status = $metadata?.httpStatusCode;
  const server = endpoint ?? "Amazon S3";
  if (name === "NoSuchBucket")
    return fail(
      check,
      `${server} has no bucket ${bucket}`,
      "Compare BLOB_STORE_S3_BUCKET and BLOB_STORE_S3_ENDPOINT with what the services have. The bucket is made by hand, once.",
    );
  if (name === "CredentialsProviderError")
    return fail(
      check,
      `${place} was not asked: there are no credentials here`,
      `Set ${credentials} as the services have them, or run this where they find theirs.`,
    );
  if (status === 301 || name === "AuthorizationHeaderMalformed")
    return fail(
      check,
      `${place} is in another region than ${options.region} (${name})`,
      "Set BLOB_STORE_S3_REGION to the bucket's.",
    );
  if (status === 401 || status === 403)
    return fail(
      check,
      `${place} refuses these credentials (${name})`,
      `Compare ${credentials} with what the services have. What they allow must be s3:GetObject, s3:PutObject and s3:DeleteObject in the bucket, and s3:ListBucket: without that S3 refuses to say that an object is not there.`,
    );
  if (status !== undefined)
    return fail(check, `${server} answers ${status} (${name})`, "Try again in a moment; look at its log.");
  return fail(
    check,
    `Nobody answers at ${server} (${code ?? (message || name)})`,
    "Does it run, is BLOB_STORE_S3_ENDPOINT right, and does this machine reach it? The services have to.",
  );
}

type S3Error = Partial<
  Error & { readonly code: string; readonly $metadata: { readonly httpStatusCode?: number } }
>;
