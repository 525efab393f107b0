/**
 * Where content is kept that is too large for rows. A blob is named by the SHA-256 of its bytes, so the same content
 * is there once, however often it is put.
 *
 * Who puts a blob writes a row that names it; a blob that no row names is an orphan. Putting a blob makes it young
 * again, so that what is put while orphans are looked for is none.
 *
 * @throws {BlobStoreAwayError} from each method when the store cannot be reached or has no room
 */
export interface BlobStore {
  /**
   * Keeps what comes, piece by piece; nothing is kept when the source throws, and its error is passed on. Any number
   * may put the same content at the same time.
   */
  put(source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<PutBlob>;
  /** The bytes of a blob, or of a range of it that lies within; null when it is not there. Read it or return it. */
  open(sha256: string, range?: ByteRange, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array> | null>;
  /** Its size in bytes; null when it is not there. */
  has(sha256: string): Promise<number | null>;
  /**
   * Removes a blob that was not put since a time.
   *
   * @returns false when it is younger, or not there
   */
  delete(sha256: string, notSince: Date): Promise<boolean>;
  /** All blobs in the order of their names; those that come after a name, which need not be there. */
  list(after?: string): AsyncIterable<ListedBlob>;
  /** Removes what was left of puts that began before a time and never ended. @returns how many */
  removeUnfinished(before: Date): Promise<number>;
  /** Whose store it is; null when nobody has claimed it. */
  owner(): Promise<string | null>;
  /** Writes down whose store it is, unless that is known. @returns the owner that is written down */
  claim(owner: string): Promise<string>;
}

export interface PutBlob {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Offsets of the first and the last byte. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface ListedBlob {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** When it was put last. */
  readonly putAt: Date;
}

/** The store cannot be reached, refuses us, or has no room: nothing is wrong with the content. */
export class BlobStoreAwayError extends Error {
  readonly code = "blob_store_away";
  constructor(cause: unknown) {
    super("The blob store is away", { cause });
    this.name = "BlobStoreAwayError";
  }
}

const sha256Pattern = /^[0-9a-f]{64}$/;

/** Names become paths. @throws RangeError for what is no SHA-256 */
export function checkSha256(sha256: string): string {
  if (!sha256Pattern.test(sha256)) throw new RangeError("A blob is named by 64 lower-case hex digits.");
  return sha256;
}

export const isSha256 = (name: string): boolean => sha256Pattern.test(name);
