import { decodeTransferStream } from "../mail/decode-transfer-stream.ts";
import { DefectList } from "../mail/defect-list.ts";
import type { PartPlace } from "../mail/mime-part.ts";
import { type RawPart, readMimeTree } from "../mail/read-mime-tree.ts";
import type { Pool } from "../postgres/create-pool.ts";
import type { StoredAttachment } from "./stored-attachment.ts";

const sliceBytes = 1024 ** 2;

const sizeSql = `
  select octet_length(raw)::float8 as bytes from message_contents
  where tenant_id = $1 and account_id = $2 and provider_id = $3`;

const sliceSql = `
  select substring(raw from $4::integer for $5::integer) as slice from message_contents
  where tenant_id = $1 and account_id = $2 and provider_id = $3`;

/** Parts of messages whose exact bytes are stored. */
export interface RawMessages {
  /** The decoded bytes of a part; null when the message or the part is not there. */
  openPart(attachment: StoredAttachment): Promise<AsyncIterable<Uint8Array> | null>;
}

/**
 * Content is read in slices, at the pace of whoever reads it. Where a part lies was noted when its message was stored; of
 * an older row that is found with the whole message in memory, one message at a time in a process however many ask.
 */
export function createRawMessages(pool: Pool): RawMessages {
  let turn: Promise<unknown> = Promise.resolve();

  async function locate(attachment: StoredAttachment): Promise<PartPlace | null> {
    const message = await readWhole(pool, attachment);
    if (message === null) return null;
    return partNamed(readMimeTree(message, new DefectList()).root, attachment.partId)?.place ?? null;
  }

  /** One after the other. */
  function locateInTurn(attachment: StoredAttachment): Promise<PartPlace | null> {
    const mine = turn.then(() => locate(attachment));
    turn = mine.catch(() => {});
    return mine;
  }

  return {
    async openPart(attachment) {
      const place = attachment.place ?? (await locateInTurn(attachment));
      if (place === null) return null;
      return decodeTransferStream(readSlices(pool, attachment, place.start, place.end), place.encoding);
    },
  };
}

function partNamed(root: RawPart, partId: string): RawPart | null {
  const open: RawPart[] = [root];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (part.partId === partId) return part;
    open.push(...part.children);
  }
  return null;
}

async function readWhole(pool: Pool, attachment: StoredAttachment): Promise<Buffer | null> {
  const { rows } = await pool.of(attachment.tenantId).query<{ bytes: number }>(sizeSql, keyOf(attachment));
  const bytes = rows[0]?.bytes;
  if (bytes === undefined) return null;
  const message = Buffer.allocUnsafeSlow(bytes);
  let length = 0;
  for await (const slice of readSlices(pool, attachment, 0, bytes)) length += slice.copy(message, length);
  return message.subarray(0, length);
}

/** @throws Error when the row is deleted meanwhile */
async function* readSlices(
  pool: Pool,
  attachment: StoredAttachment,
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  for (let at = start; at < end; at += sliceBytes) {
    const values = [...keyOf(attachment), at + 1, Math.min(sliceBytes, end - at)];
    const { rows } = await pool.of(attachment.tenantId).query<{ slice: Buffer }>(sliceSql, values);
    const slice = rows[0]?.slice;
    if (slice === undefined) throw new Error("What was read was deleted meanwhile");
    yield slice;
  }
}

const keyOf = ({ tenantId, accountId, providerId }: StoredAttachment) => [tenantId, accountId, providerId];
