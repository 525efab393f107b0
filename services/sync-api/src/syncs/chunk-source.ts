import type { Pool } from "@millrace/shared/postgres/create-pool";
import { isAfter, type LogPosition } from "@millrace/shared/projection/views";
import { eventText } from "../live/live-stream.ts";
import type { Reading, StreamSource } from "../live/polled-stream.ts";
import { endText } from "../live/sync-stream.ts";
import { beginning, formatVersion } from "../live/version.ts";
import type { SyncStatus } from "../resources/sync.ts";
import { readChunkChanges, readChunkStates } from "./chunk-changes.ts";

/**
 * The states of a sync's chunks for one client: all of them, then those that change, and all of them again when that is
 * shorter. What the client is told has the sync's version, to which it can go back after a pause. Nothing that is older than
 * what it was told is told (rule I8).
 */
export function createChunkSource(
  pool: Pool,
  { tenantId, syncId }: { readonly tenantId: string; readonly syncId: string },
  after: LogPosition | null,
): StreamSource {
  let position = after;

  const tell = (
    now: LogPosition & { status: SyncStatus; hasEnded: boolean },
    data: object | null,
  ): Reading => {
    const version = formatVersion(now);
    position = { epoch: now.epoch, seq: now.seq };
    return {
      events: data === null ? [] : [eventText("chunks", version, { version, ...data })],
      isMore: false,
      lastWords: now.hasEnded ? endText({ id: syncId, status: now.status, version }) : null,
    };
  };

  const readAll = async (): Promise<Reading> => {
    const found = await readChunkStates(pool, tenantId, syncId);
    // It was requested: its first fact is still to come.
    const now = found ?? { ...beginning, status: "requested" as const, hasEnded: false, states: "" };
    const { states } = now;
    // The views are being rebuilt, or another copy is ahead.
    if (position !== null && isAfter(position, now)) return quiet;
    return tell(now, { from: 0, states });
  };

  return {
    read: async () => {
      const before = position;
      if (before === null || before.seq === 0) return readAll();
      const now = await readChunkChanges(pool, tenantId, syncId, before);
      if (now === null) return readAll();
      if (isAfter(before, now)) return quiet;
      return tell(now, now.changed.length === 0 ? null : { changed: now.changed });
    },
  };
}

const quiet: Reading = Object.freeze({ events: [], isMore: false, lastWords: null });
