import { accountParamsSchema } from "../accounts/get-account.ts";
import type { Api, ApiPorts } from "../api.ts";
import { notFound, problemResponses } from "../http/problem.ts";
import { isoOf, isoOrNull } from "../resources/time.ts";
import {
  examplesMax,
  type Verification,
  verificationIdSchema,
  verificationLinks,
  verificationSchema,
} from "../resources/verification.ts";

/** Findings of one that runs are not confirmed yet. */
const sql = `
  select v.id, v.account_id as "accountId", v.status, v.trigger, v.repair, v.listed::float8, v.stored::float8,
    v.missing::float8, v.extra::float8, v.changed::float8, v.repair_sync_id as "repairSyncId", v.drifts_in_row as "driftsInRow",
    v.position ->> 'step' as step, v.pages, v.failure, v.requested_at as "requestedAt",
    v.started_at as "startedAt", v.ended_at as "endedAt", examples.*
  from verifications v
  cross join lateral (
    select array_agg(id) filter (where kind = 'missing') as missing_ids,
      array_agg(id) filter (where kind = 'extra') as extra_ids,
      array_agg(id) filter (where kind = 'changed') as changed_ids
    from unnest(array['missing', 'extra', 'changed']) as kind
    cross join lateral (
      select provider_id as id from verification_messages m
      where m.verification_id = v.id and m.finding = kind and v.status = 'completed'
      order by provider_id
      limit ${examplesMax}
    ) as first
  ) as examples
  where v.tenant_id = $1 and v.account_id = $2 and v.id = $3`;

interface Row
  extends Omit<Verification, "examples" | "progress" | "requestedAt" | "startedAt" | "endedAt" | "links"> {
  readonly step: string;
  readonly pages: number;
  readonly requestedAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly missing_ids: string[] | null;
  readonly extra_ids: string[] | null;
  readonly changed_ids: string[] | null;
}

const paramsSchema = accountParamsSchema.extend({ verificationId: verificationIdSchema });

export function getVerification(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/accounts/:id/verifications/:verificationId",
    {
      schema: {
        summary: "A verification, with its progress and what it found",
        tags: ["accounts"],
        params: paramsSchema,
        response: { 200: verificationSchema, ...problemResponses },
      },
    },
    async ({ tenantId, params: { id, verificationId } }) => {
      const { rows } = await pool.of(tenantId).query<Row>(sql, [tenantId, id, verificationId]);
      const [row] = rows;
      if (row === undefined) throw notFound("verification", "/v1/events?type=account.verified");
      return verificationOf(row);
    },
  );
}

function verificationOf(row: Row): Verification {
  const { missing_ids: missing, extra_ids: extra, changed_ids: changed } = row;
  return {
    id: row.id,
    accountId: row.accountId,
    status: row.status,
    trigger: row.trigger,
    repair: row.repair,
    listed: row.listed,
    stored: row.stored,
    missing: row.missing,
    extra: row.extra,
    changed: row.changed,
    examples: { missing: missing ?? [], extra: extra ?? [], changed: changed ?? [] },
    repairSyncId: row.repairSyncId,
    driftsInRow: row.driftsInRow,
    progress: { step: row.step, pages: row.pages },
    failure: row.failure,
    requestedAt: isoOf(row.requestedAt),
    startedAt: isoOrNull(row.startedAt),
    endedAt: isoOrNull(row.endedAt),
    links: verificationLinks(row.accountId, row.id),
  };
}
