import { retentionRemoved } from "@millrace/shared/telemetry/metrics/janitor-metrics";
import type { z } from "zod";
import type { janitorConfigSchema } from "../config.ts";
import type { PeriodicTask } from "../run-periodically.ts";
import { removeActivity } from "./remove-activity.ts";
import { removeAuditEntries } from "./remove-audit-entries.ts";
import { removeConnectLinks } from "./remove-connect-links.ts";
import { removeDeletedMessages } from "./remove-deleted-messages.ts";
import { removeDeliveries } from "./remove-deliveries.ts";
import { removeOrphanBlobs } from "./remove-orphan-blobs.ts";
import { removeTraces } from "./remove-traces.ts";
import type { RetentionPorts } from "./retention-ports.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Work that was read before a message was gone is over long before. */
const tracesDays = 7;
/** Who made a link asks what came of it within a day after it has expired. */
const linksDays = 1;
/** Charts show a day; a week can be looked at by hand. */
const activityDays = 8;

type Config = Pick<
  z.output<typeof janitorConfigSchema>,
  | "RETENTION_SECONDS"
  | "RETAIN_DELETED_DAYS"
  | "RETAIN_ORPHANS_HOURS"
  | "RETAIN_AUDIT_DAYS"
  | "RETAIN_WEBHOOKS_DAYS"
>;

/** Removes what has had its time: messages first, whose content is without a row then. */
export function retentionTask(config: Config, ports: RetentionPorts): PeriodicTask {
  const before = (ms: number): Date => new Date(ports.nowMs() - ms);
  return {
    name: "retention",
    everySeconds: config.RETENTION_SECONDS,
    lock: 7_352_190_009,
    run: async (signal) => {
      const startedMs = ports.nowMs();
      const messages = await removeDeletedMessages(ports, before(config.RETAIN_DELETED_DAYS * dayMs), signal);
      const traces = await removeTraces(ports.pool, before(tracesDays * dayMs), signal);
      const orphans = await removeOrphanBlobs(ports, before(config.RETAIN_ORPHANS_HOURS * hourMs), signal);
      const auditEntries = await removeAuditEntries(
        ports.pool,
        before(config.RETAIN_AUDIT_DAYS * dayMs),
        signal,
      );
      const connectLinks = await removeConnectLinks(ports.pool, before(linksDays * dayMs), signal);
      const webhooks = await removeDeliveries(
        ports.pool,
        before(config.RETAIN_WEBHOOKS_DAYS * dayMs),
        signal,
      );
      const activity = await removeActivity(ports.pool, before(activityDays * dayMs), signal);
      const removed = { messages, ...traces, ...orphans, auditEntries, connectLinks, webhooks, activity };
      for (const [kind, count] of Object.entries(removed))
        retentionRemoved.add(count, { "millrace.kind": kind });
      if (Object.values(removed).every((count) => count === 0)) return;
      ports.log.info(
        { event: "retention.removed", ...removed, tookMs: ports.nowMs() - startedMs },
        "removed",
      );
    },
  };
}
