import type { MailMessage } from "@millrace/shared/mail/mail-message";
import type { FetchedMessage, ProviderSession } from "@millrace/shared/providers/mail-provider";
import type { StepContext } from "@millrace/shared/runtime/step";
import type { ClaimedChunk } from "./decide-chunk.ts";
import { addReports, emptyReport, type FetchReport } from "./fetch-report.ts";
import type { FetcherPorts } from "./fetcher-ports.ts";
import { findStored } from "./find-stored.ts";
import { recordDeadLetter } from "./record-dead-letter.ts";
import { storeMessages } from "./store-messages.ts";

/** What a stored message takes beside its bodies: headers, arrays, row overhead. */
const messageOverheadBytes = 4_096;

/**
 * Fetches what is missing of a chunk and stores it. Messages are written whenever enough of them have come, so
 * memory holds one buffer of them and the one that is arriving, whatever the size of the chunk.
 */
export async function storeChunk(
  ports: FetcherPorts,
  session: ProviderSession,
  chunk: ClaimedChunk,
  { signal, progressed }: StepContext,
): Promise<FetchReport> {
  const known = await findStored(ports.pool, chunk);
  const missing = [...new Set(chunk.item.messageIds)].filter((id) => !known.ids.has(id));
  // An id that the listing repeats within a chunk is settled by its first occurrence.
  const repeated = chunk.item.messageIds.length - new Set(chunk.item.messageIds).size;
  let report = addReports(emptyReport, {
    ...emptyReport,
    stored: known.byThisChunk,
    unchanged: known.before + repeated,
  });

  let buffer: MailMessage[] = [];
  let bufferBytes = 0;
  const flush = async (): Promise<void> => {
    const messages = buffer;
    buffer = [];
    bufferBytes = 0;
    report = addReports(report, await storeMessages(ports.pool, chunk, messages));
    progressed();
  };

  for await (const fetched of session.fetchMessages(missing, chunk.item.content, signal)) {
    progressed();
    if (!fetched.result.ok) {
      report = addReports(report, await reportFault(ports, chunk, fetched));
      continue;
    }
    buffer.push(fetched.result.value);
    bufferBytes += weightOf(fetched.result.value);
    if (bufferBytes >= ports.flushBytesMax) await flush();
  }
  if (buffer.length > 0) await flush();
  return report;
}

async function reportFault(
  ports: FetcherPorts,
  chunk: ClaimedChunk,
  fetched: FetchedMessage,
): Promise<FetchReport> {
  if (fetched.result.ok) return emptyReport;
  const { fault } = fetched.result;
  if (fault.category === "gone") return { ...emptyReport, gone: 1 };
  if (fault.category === "bad_item") {
    await recordDeadLetter(ports.pool, chunk, { providerId: fetched.id, error: fault.message, raw: null });
    return { ...emptyReport, deadLettered: 1 };
  }
  return { ...emptyReport, open: [fault] };
}

function weightOf(message: MailMessage): number {
  const characters = (message.text?.length ?? 0) + (message.html?.length ?? 0);
  return messageOverheadBytes + characters + (message.raw?.length ?? 0);
}
