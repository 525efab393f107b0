import type { EventLog } from "@millrace/shared/nats/event-log";
import { createTenantLine } from "@millrace/shared/postgres/create-tenant-line";
import { createSyncState } from "@millrace/shared/state/create-sync-state";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { findStalled } from "../../../services/janitor/src/reconcile/find-stalled.ts";
import { mendLines } from "../../../services/janitor/src/reconcile/mend-lines.ts";
import { probeRefused } from "../../../services/janitor/src/reconcile/probe-refused.ts";
import type { ReconcilerPorts } from "../../../services/janitor/src/reconcile/reconciler-ports.ts";
import {
  republishRequests,
  requestRepairs,
} from "../../../services/janitor/src/reconcile/republish-requests.ts";
import { requeueRedrives } from "../../../services/janitor/src/reconcile/requeue-redrives.ts";
import { restoreEpoch, restoreOrphans } from "../../../services/janitor/src/reconcile/restore-lost.ts";
import { removeAccounts } from "../../../services/janitor/src/removal/remove-accounts.ts";
import { openMemoryLog } from "../broker/memory-log.ts";
import { openMemoryQueue, publishToQueue } from "../broker/memory-queue.ts";
import { openMemoryPool } from "../database/memory-pool.ts";
import { SimulatedProcess } from "../engine/simulated-process.ts";
import type { World } from "../world.ts";
import { publishMemoryRequest } from "./publish-request.ts";
import { removalPorts } from "./removal-ports.ts";

const everyMs = 15_000;
const idleSeconds = 20;
const probeSeconds = 600;

/** The janitor's tasks, in their turns. A task that fails has its next turn. */
export class Janitor {
  readonly #world: World;
  #process = new SimulatedProcess("janitor");
  #ports: ReconcilerPorts;
  #running = 0;

  constructor(world: World) {
    this.#world = world;
    this.#ports = this.#portsOf(this.#process);
  }

  /** Has its turns come by themselves, as long as anything is planned, and some more. */
  begin(turnsLeft = this.#world.plan.janitorTurns): void {
    const { scheduler } = this.#world;
    scheduler.at(scheduler.nowMs + everyMs, null, () => {
      if (!this.#world.isPlanOver) this.begin();
      else if (turnsLeft > 0) this.begin(turnsLeft - 1);
      this.takeTurn();
    });
  }

  /** One turn of each task; nothing when the turn before is not over. */
  takeTurn(): void {
    if (this.#running > 0) return;
    const ports = this.#ports;
    const { signal } = this.#process;
    this.#run(async () => {
      await restoreEpoch(ports);
      await restoreOrphans(ports, () =>
        this.#world.broker.call(
          this.#process,
          "reads the log's state",
          () => this.#world.broker.events.created,
        ),
      );
    });
    this.#run(async () => {
      await republishRequests(ports);
      await requestRepairs(ports);
      await requeueRedrives(ports);
      await mendLines(ports);
      await findStalled(ports, signal);
    });
    this.#run(async () => {
      await probeRefused(ports, probeSeconds);
    });
    if (this.#world.hasRemovals)
      this.#run(async () => {
        await removeAccounts(removalPorts(this.#world, this.#process, ports), signal);
      });
  }

  kill(): void {
    this.#process.isDead = true;
    this.#world.scheduler.forget(this.#process);
    this.#process = new SimulatedProcess("janitor");
    this.#ports = this.#portsOf(this.#process);
    this.#running = 0;
  }

  #run(task: () => Promise<void>): void {
    this.#running++;
    const process = this.#process;
    const over = (): void => {
      if (process === this.#process) this.#running--;
    };
    task().then(over, over);
  }

  #portsOf(process: SimulatedProcess): ReconcilerPorts {
    const world = this.#world;
    const { broker, scheduler } = world;
    const log = openMemoryLog(broker, scheduler, process, world.mutations);
    const pool = openMemoryPool(world, process);
    const queue = world.mutate("janitorQueue", openMemoryQueue(broker, process));
    return {
      pool,
      state: createSyncState(log as EventLog, pool),
      queue: {
        keysOf: (ref, syncId) => {
          world.judge.looked(syncId);
          return queue.keysOf(ref, syncId);
        },
      },
      line: world.mutate("line", createTenantLine(pool)),
      log: silentLogger,
      idleSeconds,
      nowMs: () => scheduler.nowMs,
      sleep: (ms) => scheduler.sleep(process, ms),
      append: async (effect) => (await log.append(effect)).kind,
      enqueue: (effect) => publishToQueue(broker, scheduler, process, effect),
      publishRequest: (ref, request) => publishMemoryRequest(world, process, ref, request),
      eventIdAt: (seq) =>
        broker.call(
          process,
          `reads event ${seq}`,
          () => broker.events.messages.get(seq)?.headers["ce-id"] ?? null,
        ),
    };
  }
}
