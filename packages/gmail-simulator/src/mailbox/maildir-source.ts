import { type FileHandle, open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readHeaderBlock } from "../mime/header-fields.ts";
import { importDateMs, MessageIndexBuilder } from "./indexed-messages.ts";
import type { MessageSource } from "./message-source.ts";

/**
 * A mailbox from the files below a folder, each file one message, byte for byte. Works for a Maildir (flags in
 * file names become labels, `tmp` is passed over) and for any tree of message files. Passed over are hidden
 * files, and README, README.md and README.txt. Keeps the paths; reads contents on demand.
 */
export async function openMaildirSource(root: string): Promise<MessageSource> {
  const paths: string[] = [];
  await collectFiles(root, "", paths);
  const builder = new MessageIndexBuilder();
  const head = Buffer.alloc(HEAD_BYTES);
  for (const path of paths) {
    const file = await open(join(root, path));
    try {
      builder.add(await readIndexed(file, path, head));
    } finally {
      await file.close();
    }
  }
  const index = builder.build();
  return {
    ...index,
    userLabels: [],
    read: (slot) => readFile(join(root, paths[index.placeOf(slot)] ?? "")),
  };
}

/** Enough for the headers that matter; the message itself may be of any size. */
const HEAD_BYTES = 128 * 1024;
const FILES_MAX = 2_000_000;
const NOT_MESSAGES: ReadonlySet<string> = new Set(["README", "README.md", "README.txt"]);

async function collectFiles(root: string, folder: string, paths: string[]): Promise<void> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const isMaildir = entries.some((one) => one.isDirectory() && one.name === "cur");
  for (const entry of entries) {
    const path = folder === "" ? entry.name : join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!(isMaildir && entry.name === "tmp")) await collectFiles(root, path, paths);
    } else if (entry.isFile() && !entry.name.startsWith(".") && !NOT_MESSAGES.has(entry.name)) {
      if (paths.length >= FILES_MAX) throw new RangeError(`more than ${FILES_MAX} messages in ${root}`);
      paths.push(path);
    }
  }
}

async function readIndexed(file: FileHandle, path: string, head: Buffer) {
  const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
  const { mtimeMs } = await file.stat();
  const { fields } = readHeaderBlock(head.subarray(0, bytesRead), 0, bytesRead);
  return {
    headers: fields,
    dateMs: importDateMs(fields, Math.floor(mtimeMs)),
    labelIds: labelsOfFlags(/:2,([A-Za-z]*)$/.exec(path)?.[1] ?? ""),
  };
}

/** https://cr.yp.to/proto/maildir.html. Trashed mail stays in the inbox: Gmail's listing would hide it. */
function labelsOfFlags(flags: string): string[] {
  const labels = [flags.includes("D") ? "DRAFT" : "INBOX"];
  if (!flags.includes("S")) labels.push("UNREAD");
  if (flags.includes("F")) labels.push("STARRED");
  return labels;
}
