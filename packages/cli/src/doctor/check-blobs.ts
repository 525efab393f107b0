import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { createFolderStore } from "@millrace/shared/blobs/create-folder-store";
import { checkBucket } from "./check-bucket.ts";
import { checkStoreOwner } from "./check-store-owner.ts";
import type { DoctorEnv } from "./doctor-env.ts";
import { type Finding, fail, skipped, warn } from "./finding.ts";
import { judgeRoom } from "./judge-room.ts";

/** The store of attachments: whether it is there, is the one that the database knows, and, of a folder, how much fits. */
export async function checkBlobs(env: DoctorEnv): Promise<Finding[]> {
  const { BLOB_STORE_DIR, BLOB_STORE_S3_BUCKET, DATABASE_URL } = env;
  if (BLOB_STORE_S3_BUCKET) return checkBucket(env);
  if (!BLOB_STORE_DIR)
    return [
      skipped(
        "blobs.room",
        "The store of attachments was not looked at",
        "Set BLOB_STORE_DIR as the services have it, on their machine, or for a bucket BLOB_STORE_S3_BUCKET and what else they have of BLOB_STORE_S3_….",
      ),
    ];
  const folder = resolve(BLOB_STORE_DIR);
  const { existing, problem } = await findPlace(folder);
  if (problem !== null) return [unusable(folder, problem)];
  const owner = await checkStoreOwner(folder, () => createFolderStore(folder).owner(), DATABASE_URL);
  const room = await judgeDisk(folder, existing);
  return [...owner, folder === existing ? room : judgeUnmade(folder, owner, room)];
}

/** The folder, or while it is not there the nearest above it that is, and why that one cannot be used. */
async function findPlace(folder: string): Promise<{ existing: string; problem: string | null }> {
  for (let existing = folder; ; existing = dirname(existing)) {
    try {
      await access(existing, constants.R_OK | constants.W_OK);
      return { existing, problem: null };
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" || existing === dirname(existing)) return { existing, problem: code };
    }
  }
}

async function judgeDisk(folder: string, existing: string): Promise<Finding> {
  const { blocks, bavail, bsize } = await statfs(existing);
  return judgeRoom(
    "blobs.room",
    `the disk of ${folder}${folder === existing ? "" : " (which is made with the first attachment)"}`,
    { used: (blocks - bavail) * bsize, max: blocks * bsize },
    "Make room: attachments cannot be kept on a full disk, and chunks of eager accounts wait.",
  );
}

/** A folder that is not there is as it should be until an attachment is kept, which the database knows. */
function judgeUnmade(folder: string, owner: readonly Finding[], room: Finding): Finding {
  if (owner.some(({ status }) => status === "fail")) return unusable(folder, "ENOENT");
  if (owner.some(({ status }) => status === "ok") || room.status === "fail") return room;
  return warn(
    "blobs.room",
    `${folder} is not there`,
    "It is made with the first attachment. If one was kept already, is it the folder that services have? The database knows: set DATABASE_URL.",
  );
}

const unusable = (folder: string, code: string): Finding =>
  fail(
    "blobs.room",
    `${folder} cannot be used (${code})`,
    "Does it exist, or can it be made, is it the folder that services have, and may this user write there?",
  );
