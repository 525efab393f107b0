import type { RetentionRun } from "../resources/retention-run.ts";
import { isoOf, isoOrNull } from "../resources/time.ts";

export const runColumns = `
  id, task, tenant_id as "tenantId", dry_run as "dryRun", asked_by as "askedBy", state, requested_at as "requestedAt",
  started_at as "startedAt", ended_at as "endedAt", removed, bytes::float8 as bytes, failure,
  done and state = 'completed' as "isDone"`;

type RunTime = "requestedAt" | "startedAt" | "endedAt";

export interface RunRow extends Omit<RetentionRun, RunTime> {
  readonly requestedAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

export const runOf = ({ requestedAt, startedAt, endedAt, ...row }: RunRow): RetentionRun => ({
  ...row,
  requestedAt: isoOf(requestedAt),
  startedAt: isoOrNull(startedAt),
  endedAt: isoOrNull(endedAt),
});
