import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { checkpointName } from "@millrace/shared/projection/checkpoint";
import { isAfter, type LogPosition } from "@millrace/shared/projection/views";
import { backoffMs } from "@millrace/shared/runtime/backoff";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import type { Sync } from "../resources/sync.ts";
import type { SyncShowing } from "../syncs/sync-rows.ts";
import type { ProgressBell, Told } from "./progress-bell.ts";
import { type Change, readChanges, readNewest } from "./read-changes.ts";

export interface Receiver {
  /** Only this sync; null: all of the tenant. */
  readonly syncId: string | null;
  /** @param changed in the order of versions */
  offer(changed: readonly Sync[]): void;
}

export interface Watch {
  /** Everything that changes after this is offered. */
  readonly position: LogPosition;
  unwatch(): void;
}

interface Channel {
  readonly receivers: Set<Receiver>;
  /** Up to where changes were offered; null until it is known. */
  position: LogPosition | null;
  readonly ready: Promise<void>;
}

const checkpointSql = `select epoch, seq::float8 as seq from checkpoints where name = $1`;
const retryBackoff = { baseMs: 100, capMs: 5_000 };
const changesPerRead = 500;
const stopMsMax = 1_000;

/**
 * Tells this process's streams which syncs change. The bell wakes it; what changed is then read by version, for all tenants
 * that somebody watches in one query. After a lost connection everything since is read the same way.
 */
export class ProgressHub {
  readonly #pool: Pool;
  readonly #log: Logger;
  readonly #showing: SyncShowing;
  readonly #channels = new Map<string, Channel>();
  readonly #stopping = new AbortController();
  readonly #unhear: () => void;
  #isDirty = false;
  #reading: Promise<void> | null = null;

  constructor(bell: ProgressBell, pool: Pool, log: Logger, showing: SyncShowing) {
    this.#pool = pool;
    this.#log = log;
    this.#showing = showing;
    this.#unhear = bell.hear((told) => {
      if (told === null || this.#concernsSomebody(told)) this.#wake();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#unhear();
    // A database that does not answer must not hold up the end.
    await Promise.race([this.#reading, sleep(stopMsMax)]);
  }

  /** How far the log is projected, and so how much a client can have seen; null: nothing is known. */
  async readCheckpoint(): Promise<LogPosition | null> {
    const { rows } = await this.#pool.ofNobody().query<LogPosition>(checkpointSql, [checkpointName]);
    return rows[0] ?? null;
  }

  /** From when it resolves, the receiver is offered what changes. */
  async watch(tenantId: string, receiver: Receiver): Promise<Watch> {
    const channel = this.#channels.get(tenantId) ?? this.#openChannel(tenantId);
    channel.receivers.add(receiver);
    const unwatch = (): void => {
      channel.receivers.delete(receiver);
      if (channel.receivers.size === 0 && this.#channels.get(tenantId) === channel) {
        this.#channels.delete(tenantId);
      }
    };
    try {
      await channel.ready;
    } catch (error) {
      unwatch();
      throw error;
    }
    if (channel.position === null) throw new Error("A channel that is ready has a position");
    return { position: channel.position, unwatch };
  }

  #openChannel(tenantId: string): Channel {
    const channel: Channel = {
      receivers: new Set(),
      position: null,
      ready: readNewest(this.#pool, tenantId).then((position) => {
        channel.position = position;
      }),
    };
    // Whoever comes next tries again instead of inheriting the failure.
    channel.ready.catch(() => {
      if (this.#channels.get(tenantId) === channel) this.#channels.delete(tenantId);
    });
    this.#channels.set(tenantId, channel);
    return channel;
  }

  #concernsSomebody({ tenants, syncs }: Told): boolean {
    return tenants.values().some((tenantId) => {
      const receivers = this.#channels.get(tenantId)?.receivers;
      return receivers?.values().some(({ syncId }) => (syncId === null ? syncs.size > 0 : syncs.has(syncId)));
    });
  }

  #wake(): void {
    this.#isDirty = true;
    this.#reading ??= this.#readUntilClean().finally(() => {
      this.#reading = null;
      if (this.#isDirty && !this.#stopping.signal.aborted) this.#wake();
    });
  }

  async #readUntilClean(): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    while (this.#isDirty && !signal.aborted) {
      this.#isDirty = false;
      try {
        if (await this.#readOnce()) this.#isDirty = true;
        failures = 0;
      } catch (error) {
        this.#isDirty = true;
        failures++;
        this.#log.warn({ err: error, failures }, "cannot read progress, trying again");
        await sleep(backoffMs(failures, Math.random(), retryBackoff), undefined, { signal }).catch(() => {});
      }
    }
  }

  /** True when there may be more to read. */
  async #readOnce(): Promise<boolean> {
    const positions = new Map<string, LogPosition>();
    for (const [tenantId, { position }] of this.#channels) {
      if (position !== null) positions.set(tenantId, position);
    }
    if (positions.size === 0) return false;
    const changes = await readChanges(this.#pool, this.#showing, positions, changesPerRead);
    const byTenant = Map.groupBy(changes, (change) => change.tenantId);
    for (const [tenantId, changed] of byTenant) this.#offer(tenantId, changed);
    return byTenant.values().some((changed) => changed.length >= changesPerRead);
  }

  #offer(tenantId: string, changes: readonly Change[]): void {
    const channel = this.#channels.get(tenantId);
    const before = channel?.position ?? null;
    if (channel === undefined || before === null) return; // it was closed meanwhile, or opened anew
    const fresh = changes.filter((change) => isAfter(change, before));
    const last = fresh.at(-1);
    if (last === undefined) return;
    channel.position = { epoch: last.epoch, seq: last.seq };
    const syncs = fresh.map(({ sync }) => sync);
    for (const receiver of channel.receivers) {
      receiver.offer(receiver.syncId === null ? syncs : syncs.filter(({ id }) => id === receiver.syncId));
    }
  }
}
