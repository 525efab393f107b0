import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { resolve } from "node:path";
import { createFolderStore } from "@millrace/shared/blobs/create-folder-store";
import { checkBucket } from "./check-bucket.ts";
import { checkStoreOwner } from "./check-store-owner.ts";
import type { DoctorEnv } from "./doctor-env.ts";
import { type Finding, fail, skipped } from "./finding.ts";
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
  const owner = () => createFolderStore(folder).owner();
  return [...(await checkStoreOwner(folder, owner, DATABASE_URL)), await checkRoom(folder)];
}

async function checkRoom(folder: string): Promise<Finding> {
  try {
    await access(folder, constants.R_OK | constants.W_OK);
    const { blocks, bavail, bsize } = await statfs(folder);
    return judgeRoom(
      "blobs.room",
      `the disk of ${folder}`,
      { used: (blocks - bavail) * bsize, max: blocks * bsize },
      "Make room: attachments cannot be kept on a full disk, and chunks of eager accounts wait.",
    );
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    return fail(
      "blobs.room",
      `${folder} cannot be used (${code})`,
      "Does it exist, is it the folder that services have, and may this user write there?",
    );
  }
}
