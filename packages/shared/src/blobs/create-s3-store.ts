import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import {
  type BlobStore,
  BlobStoreAwayError,
  checkSha256,
  isSha256,
  type ListedBlob,
  type PutBlob,
} from "./blob-store.ts";
import { measuredSource } from "./measured-source.ts";
import { type NameGuard, noGuard } from "./name-guard.ts";

export interface S3StoreOptions {
  readonly bucket: string;
  /** Of a server that is not Amazon's. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  /** True: the bucket stands in the path and not in the host's name, as most other servers want it. */
  readonly isPathStyle: boolean;
  /** Before every key; "" or ends in a slash. */
  readonly prefix: string;
  /** Absent: the SDK looks for them in the environment, in its files and at the machine's own service. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/** The least that S3 takes; what is in memory of a put are two of them. */
const partBytes = 5 * 1024 ** 2;
const attemptsMax = 3;
const connectMsMax = 5_000;
const silenceMsMax = 30_000;

/**
 * Blobs as objects, `<prefix>sha256/ab/cd/<sha256>`. A name is known when the last byte has come, so what comes is
 * uploaded under a name of its own and copied within the store. A put that dies leaves an object under `incoming/`,
 * and perhaps a multipart upload that only a life-cycle rule of the bucket ends.
 *
 * @param guard that of all who put here or remove
 */
export function createS3Store(
  options: S3StoreOptions,
  guard: NameGuard = noGuard,
): BlobStore & { close(): void } {
  const { bucket: Bucket, prefix } = options;
  const client = createClient(options);
  const keyOf = (sha256: string): string => {
    const name = checkSha256(sha256);
    return `${prefix}sha256/${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`;
  };
  const head = (sha256: string) =>
    absentAsNull(client.send(new HeadObjectCommand({ Bucket, Key: keyOf(sha256) })));

  async function put(source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<PutBlob> {
    const Key = `${prefix}incoming/${randomUUID()}`;
    const measured = measuredSource(source, signal);
    try {
      await upload(client, { Bucket, Key, Body: Readable.from(measured.bytes) }, signal);
      const blob = measured.measure();
      const CopySource = encodeURI(`${Bucket}/${Key}`);
      const copy = new CopyObjectCommand({ Bucket, Key: keyOf(blob.sha256), CopySource });
      await guard.naming(blob.sha256, () => client.send(copy));
      await client.send(new DeleteObjectCommand({ Bucket, Key })).catch(() => {}); // removeUnfinished finds it
      return blob;
    } catch (error) {
      if (measured.failure() !== undefined) throw measured.failure();
      signal?.throwIfAborted();
      throw new BlobStoreAwayError(error);
    }
  }

  const ownerKey = `${prefix}owner`;
  /** Written by hand it may end in a newline. */
  async function readOwner(): Promise<string | null> {
    const answer = await absentAsNull(client.send(new GetObjectCommand({ Bucket, Key: ownerKey })));
    return (await answer?.Body?.transformToString())?.trim() ?? null;
  }

  async function* listUnder(
    Prefix: string,
    StartAfter?: string,
  ): AsyncGenerator<{ key: string; sizeBytes: number; at: Date }> {
    try {
      for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix, StartAfter }))
        for (const { Key = "", Size = 0, LastModified = new Date() } of page.Contents ?? [])
          yield { key: Key, sizeBytes: Size, at: LastModified };
    } catch (error) {
      throw new BlobStoreAwayError(error);
    }
  }

  return {
    put,
    async open(sha256, range, signal) {
      const Range = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` };
      const command = new GetObjectCommand({ Bucket, Key: keyOf(sha256), ...Range });
      const sent = client.send(command, signal === undefined ? {} : { abortSignal: signal });
      const answer = await awayFrom(() => absentAsNull(sent), signal);
      return answer === null ? null : (answer.Body as Readable);
    },
    has: (sha256) => awayFrom(async () => (await head(sha256))?.ContentLength ?? null),
    delete: async (sha256, notSince) => {
      const remove = async (abortSignal: AbortSignal): Promise<boolean> => {
        const found = await head(sha256);
        if (found?.LastModified === undefined || found.LastModified >= notSince) return false;
        await client.send(new DeleteObjectCommand({ Bucket, Key: keyOf(sha256) }), { abortSignal });
        return true;
      };
      const removed = guard.removing(checkSha256(sha256), (lost) => awayFrom(() => remove(lost), lost));
      return (await removed) ?? false;
    },
    async *list(after): AsyncGenerator<ListedBlob> {
      const start = after === undefined ? undefined : keyOf(after);
      for await (const { key, sizeBytes, at } of listUnder(`${prefix}sha256/`, start)) {
        const sha256 = key.slice(key.lastIndexOf("/") + 1);
        if (isSha256(sha256)) yield { sha256, sizeBytes, putAt: at };
      }
    },
    async removeUnfinished(before) {
      let removed = 0;
      for await (const { key, at } of listUnder(`${prefix}incoming/`)) {
        if (at >= before) continue;
        await awayFrom(() => client.send(new DeleteObjectCommand({ Bucket, Key: key })));
        removed++;
      }
      return removed;
    },
    owner: () => awayFrom(readOwner),
    claim: (owner) =>
      awayFrom(async () => {
        const known = await readOwner();
        if (known !== null) return known;
        // Of two that claim at once one is refused, where the server knows this condition.
        const put = new PutObjectCommand({ Bucket, Key: ownerKey, Body: owner, IfNoneMatch: "*" });
        await client.send(put).catch(ignoreTaken);
        return (await readOwner()) ?? owner;
      }),
    close: () => client.destroy(),
  };
}

function ignoreTaken(error: unknown): void {
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  if (status !== 412 && status !== 409) throw error;
}

function createClient({ endpoint, region, isPathStyle, credentials }: S3StoreOptions): S3Client {
  return new S3Client({
    region,
    forcePathStyle: isPathStyle,
    maxAttempts: attemptsMax,
    requestHandler: { connectionTimeout: connectMsMax, socketTimeout: silenceMsMax },
    // Trailing checksums are Amazon's own; other servers store them as if they were content.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  });
}

async function upload(
  client: S3Client,
  params: { readonly Bucket: string; readonly Key: string; readonly Body: Readable },
  signal: AbortSignal | undefined,
): Promise<void> {
  const running = new Upload({ client, params, partSize: partBytes, queueSize: 1 });
  const abort = (): void => void running.abort();
  signal?.throwIfAborted();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await running.done();
  } finally {
    signal?.removeEventListener("abort", abort);
    params.Body.destroy();
  }
}

async function awayFrom<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof RangeError) throw error;
    throw new BlobStoreAwayError(error);
  }
}

async function absentAsNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    // A bucket that is not there is a 404 as well, and no blob that is missing.
    const isAbsent = error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404;
    if (isAbsent && error.name !== "NoSuchBucket") return null;
    throw error;
  }
}
