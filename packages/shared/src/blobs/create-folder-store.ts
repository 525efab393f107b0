import { randomUUID } from "node:crypto";
import {
  type FileHandle,
  link,
  mkdir,
  open,
  opendir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
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

/** Puts that are not finished, and blobs that are being removed. On the same file system: a rename moves no bytes. */
const incomingFolder = "incoming";
const ownerFile = "owner";

/**
 * Blobs as files of a folder, `ab/cd/<sha256>`. What comes is written under a name of its own, flushed and renamed, so
 * a file with a blob's name is whole, also after a crash. Folders are made when the first blob comes.
 *
 * @param guard that of all who put here or remove
 */
export function createFolderStore(folder: string, guard: NameGuard = noGuard): BlobStore {
  const pathOf = (sha256: string): string => {
    const name = checkSha256(sha256);
    return join(folder, name.slice(0, 2), name.slice(2, 4), name);
  };
  const newIncoming = (): string => join(folder, incomingFolder, randomUUID());
  return {
    put: (source, signal) => awayFrom(() => putFile(newIncoming(), pathOf, guard, source, signal)),
    async open(sha256, range, signal) {
      signal?.throwIfAborted();
      const file = await awayFrom(() => absentAsNull(open(pathOf(sha256), "r")));
      if (file === null) return null;
      const bounds = range === undefined ? {} : { start: range.start, end: range.end };
      return file.createReadStream({ ...bounds, ...(signal === undefined ? {} : { signal }) });
    },
    has: (sha256) => awayFrom(async () => (await absentAsNull(stat(pathOf(sha256))))?.size ?? null),
    delete: (sha256, notSince) => {
      const path = pathOf(sha256);
      const remove = () => awayFrom(() => deleteFile(path, newIncoming(), notSince));
      return guard.removing(sha256, remove).then((isRemoved) => isRemoved ?? false);
    },
    list: (after) => listFiles(folder, after === undefined ? "" : checkSha256(after)),
    removeUnfinished: (before) => awayFrom(() => removeFiles(join(folder, incomingFolder), before)),
    owner: () => awayFrom(() => readOwner(folder)),
    claim: (owner) => awayFrom(() => claimFolder(folder, owner, newIncoming())),
  };
}

async function putFile(
  incoming: string,
  pathOf: (sha256: string) => string,
  guard: NameGuard,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<PutBlob> {
  await mkdir(dirname(incoming), { recursive: true, mode: 0o700 });
  const measured = measuredSource(source, signal);
  try {
    const file = await open(incoming, "wx", 0o600);
    try {
      for await (const piece of measured.bytes) await writeWhole(file, piece);
      await file.sync();
    } finally {
      await file.close();
    }
    const blob = measured.measure();
    const path = pathOf(blob.sha256);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // Over one that is there: it is the same, and young again.
    await guard.naming(blob.sha256, () => rename(incoming, path));
    await syncFolders(dirname(path), 3);
    return blob;
  } catch (error) {
    await rm(incoming, { force: true }).catch(() => {}); // removeUnfinished finds it
    throw measured.failure() === undefined ? error : new SourceFailure(measured.failure());
  }
}

async function writeWhole(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten;
}

/** The new name, and folders that are new, are on disk. */
async function syncFolders(folder: string, levels: number): Promise<void> {
  for (let path = folder, left = levels; left > 0; path = dirname(path), left--) {
    const handle = await open(path, "r");
    await handle.sync().finally(() => handle.close());
  }
}

/** Written by hand it may end in a newline. */
async function readOwner(folder: string): Promise<string | null> {
  return (await absentAsNull(readFile(join(folder, ownerFile), "utf8")))?.trim() ?? null;
}

/** Whole or not there: linked under its name once it is written, and refused when the name is taken. */
async function claimFolder(folder: string, owner: string, incoming: string): Promise<string> {
  const known = await readOwner(folder);
  if (known !== null) return known;
  await mkdir(dirname(incoming), { recursive: true, mode: 0o700 });
  try {
    await writeFile(incoming, owner, { flag: "wx", mode: 0o600, flush: true });
    await link(incoming, join(folder, ownerFile)).catch(ignoreExisting);
  } finally {
    await rm(incoming, { force: true });
  }
  return (await readOwner(folder)) ?? owner;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

/** Taken away first and looked at then: what is put without a guard meanwhile has the name again, and stays. */
async function deleteFile(path: string, aside: string, notSince: Date): Promise<boolean> {
  const before = await absentAsNull(stat(path));
  if (before === null || before.mtimeMs >= notSince.getTime()) return false;
  await mkdir(dirname(aside), { recursive: true, mode: 0o700 });
  if ((await absentAsNull(rename(path, aside).then(() => true))) === null) return false;
  const { mtimeMs } = await stat(aside);
  if (mtimeMs < notSince.getTime()) {
    await rm(aside, { force: true });
    return true;
  }
  await rename(aside, path);
  return false;
}

async function* listFiles(folder: string, after: string): AsyncGenerator<ListedBlob> {
  const [firstAfter, secondAfter] = [after.slice(0, 2), after.slice(2, 4)];
  for (const first of await entriesOf(folder)) {
    if (!/^[0-9a-f]{2}$/.test(first) || first < firstAfter) continue;
    for (const second of await entriesOf(join(folder, first))) {
      if (!/^[0-9a-f]{2}$/.test(second) || (first === firstAfter && second < secondAfter)) continue;
      for (const name of await entriesOf(join(folder, first, second))) {
        if (!isSha256(name) || name <= after) continue;
        const found = await awayFrom(() => absentAsNull(stat(join(folder, first, second, name))));
        if (found !== null) yield { sha256: name, sizeBytes: found.size, putAt: found.mtime };
      }
    }
  }
}

/** The two upper levels have 256 entries at most; in the lowest is one of 65,536 parts of all blobs. */
async function entriesOf(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const name of walk(folder)) names.push(name);
  return names.sort();
}

async function* walk(folder: string): AsyncGenerator<string> {
  const entries = await awayFrom(() => absentAsNull(opendir(folder)));
  if (entries !== null) for await (const { name } of entries) yield name;
}

async function removeFiles(folder: string, before: Date): Promise<number> {
  let removed = 0;
  for await (const name of walk(folder)) {
    const found = await absentAsNull(stat(join(folder, name)));
    if (found === null || found.mtimeMs >= before.getTime()) continue;
    await rm(join(folder, name), { force: true });
    removed++;
  }
  return removed;
}

/** A source's error on its way out, past those of the store. */
class SourceFailure {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

async function awayFrom<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SourceFailure) throw error.error;
    if (error instanceof RangeError || error instanceof BlobStoreAwayError) throw error;
    throw new BlobStoreAwayError(error);
  }
}

async function absentAsNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
