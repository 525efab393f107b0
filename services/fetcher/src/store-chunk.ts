import { setTimeout as sleep } from "node:timers/promises";
import type { MailMessage } from "@millrace/shared/mail/mail-message";
import type {
  FaultCategory,
  FetchedMessage,
  ProviderSession,
} from "@millrace/shared/providers/mail-provider";
import { backoffMs } from "@millrace/shared/runtime/backoff";
import type { StepContext } from "@millrace/shared/runtime/step";
import type { ClaimedChunk } from "./decide-chunk.ts";
import { addReports, emptyReport, type FetchReport, settledOf } from "./fetch-report.ts";
import type { FetcherPorts } from "./fetcher-ports.ts";
import { findStored } from "./find-stored.ts";
import { recordDeadLetter } from "./record-dead-letter.ts";
import { storeMessages } from "./store-messages.ts";

/** What a stored message takes beside its bodies and headers: arrays, row overhead. */
const messageOverheadBytes = 4_096;
/** A delivery asks this often for what failed by accident, as long as each pass gets further. */
const passesMax = 5;
/** A token may be refused while it is being replaced. */
const accidents: ReadonlySet<FaultCategory> = new Set(["transient", "token_expired"]);
const passBackoff = { baseMs: 100, capMs: 2_000 };

/**
 * Fetches what is missing of a chunk and stores it. Single messages that failed by accident are asked for
 * again within the same delivery, so that one bad answer in a hundred does not cost the chunk a round.
 */
export async function storeChunk(
  ports: FetcherPorts,
  session: ProviderSession,
  chunk: ClaimedChunk,
  context: StepContext,
): Promise<FetchReport> {
  const known = await findStored(ports.pool, chunk);
  const distinct = new Set(chunk.item.messageIds);
  // An id that the listing repeats within a chunk is settled by its first occurrence.
  const unchanged = known.before + chunk.item.messageIds.length - distinct.size;
  let report: FetchReport = {
    ...emptyReport,
    stored: known.byThisChunk,
    storedBefore: known.byThisChunk,
    unchanged,
  };
  let missing = [...distinct].filter((id) => !known.ids.has(id));
  for (let pass = 1; missing.length > 0 && pass <= passesMax; pass++) {
    const fetched = await fetchAndStore(ports, session, chunk, missing, context);
    report = addReports({ ...report, open: [] }, fetched);
    missing = fetched.open.map(({ id }) => id);
    const byAccident = fetched.open.every(({ fault }) => accidents.has(fault.category));
    if (missing.length === 0 || !byAccident || settledOf(fetched) === 0) break;
    await sleep(backoffMs(pass, Math.random(), passBackoff), undefined, { signal: context.signal });
  }
  return report;
}

/**
 * One pass. Messages are written whenever enough of them have come, so memory holds one buffer of them and
 * the one that is arriving, whatever the size of the chunk.
 */
async function fetchAndStore(
  ports: FetcherPorts,
  session: ProviderSession,
  chunk: ClaimedChunk,
  ids: readonly string[],
  { signal, progressed }: StepContext,
): Promise<FetchReport> {
  let report = emptyReport;
  let buffer: MailMessage[] = [];
  let bufferBytes = 0;
  const flush = async (): Promise<void> => {
    const messages = buffer;
    buffer = [];
    bufferBytes = 0;
    report = addReports(report, await storeMessages(ports.pool, chunk, messages));
    progressed();
  };

  for await (const fetched of session.fetchMessages(ids, chunk.item.content, signal)) {
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
  { id, result }: FetchedMessage,
): Promise<FetchReport> {
  if (result.ok) return emptyReport;
  const { fault } = result;
  if (fault.category === "gone") return { ...emptyReport, gone: 1 };
  if (fault.category === "bad_item") {
    await recordDeadLetter(ports.pool, chunk, { providerId: id, error: fault.message, raw: null });
    return { ...emptyReport, deadLettered: 1 };
  }
  return { ...emptyReport, open: [{ id, fault }] };
}

function weightOf(message: MailMessage): number {
  const bodies = (message.text?.length ?? 0) + (message.html?.length ?? 0) + (message.raw?.length ?? 0);
  const headers = message.headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return messageOverheadBytes + bodies + headers;
}
