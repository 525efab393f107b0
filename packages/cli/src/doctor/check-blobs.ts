import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { resolve } from "node:path";
import type { DoctorEnv } from "./doctor-env.ts";
import { type Finding, fail, skipped } from "./finding.ts";
import { judgeRoom } from "./judge-room.ts";

/** The folder of attachments: whether it is there, and how much fits. */
export async function checkBlobs({ BLOB_STORE_DIR, BLOB_STORE_S3_BUCKET }: DoctorEnv): Promise<Finding> {
  if (BLOB_STORE_S3_BUCKET)
    return skipped("blobs.room", `The bucket ${BLOB_STORE_S3_BUCKET} was not looked at: it grows`);
  if (!BLOB_STORE_DIR)
    return skipped(
      "blobs.room",
      "The folder of attachments was not looked at",
      "Set BLOB_STORE_DIR as the services have it, on their machine.",
    );
  const folder = resolve(BLOB_STORE_DIR);
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
