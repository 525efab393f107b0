import { setTimeout as sleep } from "node:timers/promises";
import { openBlobStore } from "@millrace/shared/blobs/open-blob-store";
import { publishRequest } from "@millrace/shared/nats/publish-request";
import { publishTurn } from "@millrace/shared/nats/publish-turn";
import { publishWork } from "@millrace/shared/nats/publish-work";
import { readStreamState } from "@millrace/shared/nats/read-log";
import { createWorkQueue } from "@millrace/shared/nats/read-work-queue";
import { createTenantLine } from "@millrace/shared/postgres/create-tenant-line";
import { openQuotaView } from "@millrace/shared/providers/open-gmail";
import { runService } from "@millrace/shared/service/run-service";
import { createSyncState } from "@millrace/shared/state/create-sync-state";
import { isMeasured } from "@millrace/shared/telemetry/metrics/metrics-env";
import { sizesTask } from "./care/sizes-task.ts";
import { tellEndingConsents } from "./care/tell-ending-consents.ts";
import { topologyTask } from "./care/topology-task.ts";
import { byClock, createClockTrust } from "./care/trust-clock.ts";
import { janitorConfigSchema } from "./config.ts";
import { observeTask } from "./observe/observe-task.ts";
import { openProvider } from "./open-provider.ts";
import { endLeftVerifications } from "./reconcile/end-left-verifications.ts";
import { findStalled } from "./reconcile/find-stalled.ts";
import { mendLines } from "./reconcile/mend-lines.ts";
import { probeRefused } from "./reconcile/probe-refused.ts";
import type { ReconcilerPorts } from "./reconcile/reconciler-ports.ts";
import { republishRequests, requestRepairs } from "./reconcile/republish-requests.ts";
import { requeueRedrives } from "./reconcile/requeue-redrives.ts";
import { requeueTurns } from "./reconcile/requeue-turns.ts";
import { requeueVerifications } from "./reconcile/requeue-verifications.ts";
import { restoreEpoch, restoreOrphans } from "./reconcile/restore-lost.ts";
import { removalTask } from "./removal/removal-task.ts";
import { retentionTask } from "./retention/keep-retention.ts";
import { type PeriodicTask, runPeriodically } from "./run-periodically.ts";
import { keepSchedules } from "./schedules/keep-schedules.ts";
import { schedulePorts } from "./schedules/schedule-ports.ts";
import { verifyTask } from "./verifications/verify-task.ts";
import { watchTasks } from "./watches/watch-tasks.ts";

const name = "janitor";

await runService({
  name,
  configSchema: janitorConfigSchema,
  connectionsMax: () => 16,
  start: async ({ config, nats, eventLog, pool, log, shutdown }) => {
    const ports: ReconcilerPorts = {
      pool,
      log,
      state: createSyncState(eventLog, pool),
      queue: createWorkQueue(nats),
      idleSeconds: config.RECONCILE_IDLE_SECONDS,
      nowMs: Date.now,
      sleep: (ms, signal) => sleep(ms, undefined, { signal }),
      append: async (effect) => (await eventLog.append(effect)).kind,
      line: createTenantLine(pool),
      enqueue: (effect) => publishWork(nats, effect),
      publishRequest: (ref, request) => publishRequest(nats, name, ref, request),
      eventIdAt: (seq) => eventLog.eventIdAt(seq),
    };
    const access = await openProvider(config, { nats, pool, log }, shutdown);
    const everySeconds = config.RECONCILE_SECONDS;
    const isTrusted = createClockTrust({ pool, log, nowMs: Date.now });
    const blobs = await openBlobStore(config, { pool, log, shutdown });
    /** What is done by the time of day, or because something is old. */
    const timed: PeriodicTask[] = [
      {
        name: "reconcile",
        everySeconds,
        lock: 7_352_190_003,
        run: async (signal) => {
          await republishRequests(ports);
          await requestRepairs(ports);
          await requeueRedrives(ports);
          await requeueVerifications(ports);
          await endLeftVerifications(ports);
          await requeueTurns({ ...ports, giveTurn: (turn) => publishTurn(nats, turn) });
          await mendLines(ports);
          await findStalled(ports, signal);
        },
      },
      {
        name: "probe",
        everySeconds: config.CONSENT_PROBE_SECONDS,
        lock: 7_352_190_005,
        run: async () => {
          await probeRefused(ports, config.CONSENT_PROBE_SECONDS * 1_000);
        },
      },
      {
        name: "consents",
        everySeconds: 600,
        lock: 7_352_190_034,
        run: async () => {
          await tellEndingConsents(ports);
        },
      },
      verifyTask(config, ports),
      ...watchTasks(config, ports, access),
      retentionTask(config, { ...ports, blobs }, isTrusted),
    ];
    const tasks: PeriodicTask[] = [
      {
        name: "restore",
        everySeconds: Math.min(everySeconds, 5),
        lock: 7_352_190_004,
        run: async () => {
          await restoreEpoch(ports);
          await restoreOrphans(ports, async () => (await readStreamState(nats)).created);
        },
      },
      ...timed.map((task) => byClock(isTrusted, task)),
      topologyTask({ nats, log }),
      sizesTask({
        pool,
        nats,
        databaseBytesMax: config.DATABASE_MIB_MAX === undefined ? null : config.DATABASE_MIB_MAX * 1024 ** 2,
      }),
      removalTask(config, { ...ports, nats, blobs }, access),
      ...(isMeasured(config)
        ? [observeTask({ ...ports, nats, retention: config, quota: openQuotaView(config, nats) })]
        : []),
    ];
    const running = [
      ...tasks.map((task) => runPeriodically(task, pool, log)),
      keepSchedules(schedulePorts(config, ports, access), isTrusted),
    ];
    shutdown.onShutdown("tasks", async () => {
      await Promise.all(running.map((task) => task.stop()));
    });
    return { tasks: [...tasks.map((task) => task.name), "schedules"], reconcileSeconds: everySeconds };
  },
});
