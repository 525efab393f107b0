import type { BlobStore } from "@millrace/shared/blobs/blob-store";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { readSlices, sliceSql } from "../http/read-slices.ts";
import { composeKept } from "./compose-kept.ts";
import { type ExportedMessage, type Owner, readMessages } from "./export-reader.ts";
import { mboxFromLine, quoteMbox } from "./quote-mbox.ts";

const rawSql = sliceSql("message_contents");

/** All messages of an account, as an mbox. Those whose exact bytes are not kept are composed of what is. */
export async function* exportMbox(
  pool: Pool,
  blobs: Pick<BlobStore, "open">,
  owner: Owner,
): AsyncGenerator<Buffer> {
  for await (const message of readMessages(pool, owner)) {
    yield Buffer.from(mboxFromLine(message.from, message.receivedAt));
    yield* quoteMbox(bytesOf(pool, blobs, owner, message));
  }
}

function bytesOf(
  pool: Pool,
  blobs: Pick<BlobStore, "open">,
  owner: Owner,
  message: ExportedMessage,
): AsyncIterable<Uint8Array> {
  const { providerId, rawBytes } = message;
  return rawBytes === null
    ? composeKept(pool, blobs, owner, message)
    : readSlices(pool, rawSql, [...owner, providerId], rawBytes);
}
