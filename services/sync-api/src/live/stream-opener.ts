import { isAfter, type LogPosition } from "@millrace/shared/projection/views";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import type { Sync } from "../resources/sync.ts";
import { createGate, type Gate } from "./create-gate.ts";
import type { LiveStreams, StreamOwner } from "./live-streams.ts";
import { type Pace, PolledStream, type StreamSource } from "./polled-stream.ts";
import type { ProgressBell, Told } from "./progress-bell.ts";
import type { ProgressHub } from "./progress-hub.ts";
import type { StreamLimits } from "./stream-limits.ts";
import { SyncStream } from "./sync-stream.ts";
import { parseVersion } from "./version.ts";

/** Readings of polled streams at once: the others' requests need connections as well. */
const readingsMax = 4;

/** What is asked for with a stream of syncs. */
export interface SyncStreamRequest extends StreamOwner {
  /** Only this sync; null: all of the tenant. */
  readonly syncId: string | null;
  readonly lastEventId: string | undefined;
}

/** How far a snapshot must reach back. */
export interface SnapshotNeed {
  /** What the client has seen; null: it begins. */
  readonly after: LogPosition | null;
  /** Changes after this are offered by themselves. */
  readonly since: LogPosition;
  readonly syncsMax: number;
}

/** What is asked for with a stream that reads by itself. */
export interface PolledStreamRequest extends StreamOwner {
  readonly pace: Pace;
  readonly source: StreamSource;
  /** Whether a batch of facts may have changed what is shown. */
  readonly concerns: (told: Told) => boolean;
}

export interface OpenerPorts {
  readonly bell: ProgressBell;
  readonly hub: ProgressHub;
  readonly streams: LiveStreams;
  readonly limits: StreamLimits;
  readonly log: Logger;
}

/** Opens the live streams of this process, each with what feeds it. */
export class StreamOpener {
  readonly #ports: OpenerPorts;
  readonly #gate: Gate = createGate(readingsMax);

  constructor(ports: OpenerPorts) {
    this.#ports = ports;
  }

  /**
   * @param read reads the state to begin with, in the order of versions; what it throws, this throws
   * @throws {ApiProblem} too_many_streams, stopping
   */
  async openSyncs(
    { syncId, lastEventId, ...owner }: SyncStreamRequest,
    read: (need: SnapshotNeed) => Promise<readonly Sync[]>,
  ): Promise<SyncStream> {
    const { hub, streams, limits } = this.#ports;
    const after = await this.believable(lastEventId);
    // Also when the views have yet to come there: what was asked for may be newer than they are.
    const awaited = parseVersion(lastEventId);
    const stream = streams.open(owner, (own) => new SyncStream({ syncId, after, awaited, limits: own }));
    return closedUnless(stream, async () => {
      const receiver = { syncId, offer: (changed: readonly Sync[]) => stream.offer(changed) };
      const { position, unwatch } = await hub.watch(owner.tenantId, receiver);
      untilClosed(stream, unwatch);
      stream.begin(await read({ after, since: position, syncsMax: limits.syncsMax }));
    });
  }

  /**
   * @returns when its first reading is there; what that throws, this throws
   * @throws {ApiProblem} too_many_streams, stopping
   */
  async openPolled({ pace, source, concerns, ...owner }: PolledStreamRequest): Promise<PolledStream> {
    const { bell, streams, log } = this.#ports;
    const gated: StreamSource = { read: (rungAtMs) => this.#gate(() => source.read(rungAtMs)) };
    const stream = streams.open(owner, (limits) => new PolledStream({ source: gated, pace, limits, log }));
    return closedUnless(stream, async () => {
      untilClosed(
        stream,
        bell.hear((told) => {
          if (told === null || concerns(told)) stream.ring();
        }),
      );
      await stream.begin();
    });
  }

  /** Where a client is. An id from beyond what was ever projected is another database's: the client begins anew. */
  async believable(lastEventId: string | undefined): Promise<LogPosition | null> {
    const after = parseVersion(lastEventId);
    if (after === null) return null;
    const checkpoint = await this.#ports.hub.readCheckpoint();
    return checkpoint !== null && isAfter(after, checkpoint) ? null : after;
  }
}

async function closedUnless<S extends SyncStream | PolledStream>(
  stream: S,
  begin: () => Promise<void>,
): Promise<S> {
  try {
    await begin();
    return stream;
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

function untilClosed(stream: SyncStream | PolledStream, end: () => void): void {
  if (stream.closed) end();
  else stream.once("close", end);
}
