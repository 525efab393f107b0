import { setTimeout as sleep } from "node:timers/promises";
import { JetStreamApiError, type StoredMsg } from "@nats-io/jetstream";
import { z } from "zod";
import { isAfter } from "../projection/views.ts";
import type { Logger } from "../runtime/create-logger.ts";
import type { Nats } from "./connect-nats.ts";
import { streamNotFound } from "./ensure-topology.ts";
import { isWrongSequence } from "./is-wrong-sequence.ts";
import { restoreTopology } from "./restore-topology.ts";
import { markSubject, stateStream } from "./topology.ts";

const writeEveryMs = 2_000;
const closeMsMax = 1_000;
const conflictsMax = 3;

const markSchema = z.object({
  streamCreated: z.string(),
  epoch: z.int(),
  seq: z.int(),
  eventId: z.string(),
});

/**
 * How far the log was applied, remembered outside of Postgres: a Postgres that knows less was restored from an
 * older backup.
 */
export type HighWaterMark = z.infer<typeof markSchema>;

/** The highest mark that anybody wrote; null when there is none. */
export async function readHighWaterMark(nats: Nats): Promise<HighWaterMark | null> {
  return markOf(await lastMessage(nats));
}

/**
 * Writes a mark, unless a higher one of the same log stands there: one projector may come after another, and a
 * Postgres that catches up is lower for a while.
 */
export async function writeHighWaterMark(nats: Nats, mark: HighWaterMark): Promise<void> {
  for (let conflicts = 0; conflicts < conflictsMax; conflicts++) {
    const message = await lastMessage(nats);
    const known = markOf(message);
    if (known?.streamCreated === mark.streamCreated && !isAfter(mark, known)) return;
    const expect = { streamName: stateStream.name, lastSubjectSequence: message?.seq ?? 0 };
    try {
      await nats.js.publish(markSubject, JSON.stringify(mark), { expect });
      return;
    } catch (error) {
      if (!isWrongSequence(error)) throw error;
    }
  }
}

export interface HighWaterMarkWriter {
  /** Has a mark written within seconds. Never fails, and never waits. */
  note(mark: HighWaterMark): void;
  /** Writes what was noted last, unless the broker takes too long. */
  close(): Promise<void>;
}

/** Writes marks as they come, but not more often than every few seconds. */
export function createHighWaterMarkWriter(nats: Nats, log: Logger): HighWaterMarkWriter {
  const closing = new AbortController();
  let noted: HighWaterMark | null = null;
  let failures = 0;
  let running: Promise<void> | null = null;

  const write = async (mark: HighWaterMark): Promise<void> => {
    try {
      await writeHighWaterMark(nats, mark);
      failures = 0;
    } catch (error) {
      noted ??= mark;
      if (failures++ === 0) log.warn({ err: error }, "the high-water mark cannot be written, trying again");
      await restoreTopology(nats, log).catch(() => {}); // somebody may have deleted its stream
    }
  };
  const run = async (): Promise<void> => {
    while (noted !== null) {
      const mark = noted;
      noted = null;
      await write(mark);
      if (closing.signal.aborted && failures > 0) return;
      await sleep(writeEveryMs, undefined, { signal: closing.signal }).catch(() => {});
    }
  };
  return {
    note: (mark) => {
      noted = mark;
      running ??= run().finally(() => {
        running = null;
      });
    },
    close: async () => {
      closing.abort();
      await Promise.race([running, sleep(closeMsMax)]);
    },
  };
}

async function lastMessage({ jsm }: Nats): Promise<StoredMsg | null> {
  try {
    return await jsm.streams.getMessage(stateStream.name, { last_by_subj: markSubject });
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === streamNotFound) return null;
    throw error;
  }
}

function markOf(message: StoredMsg | null): HighWaterMark | null {
  if (message === null) return null;
  try {
    return markSchema.safeParse(message.json()).data ?? null;
  } catch {
    return null; // somebody else's
  }
}
