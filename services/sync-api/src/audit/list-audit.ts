import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { cursorParam, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import { scopeOf } from "../overview/owners.ts";
import { keyIdSchema } from "../resources/api-key.ts";
import { type AuditEntry, auditEntrySchema } from "../resources/audit-entry.ts";
import { pageOfSchema } from "../resources/page.ts";
import { isoOf } from "../resources/time.ts";
import { tenantBases, tenantIdOf } from "../tenants/tenant-bases.ts";

/** Ids sort by the time at which they were made. */
const sqlOf = (whose: string) => `
  select e.id, e.at, e.actor_kind as "actorKind", e.actor_id as "actorId", k.name as "actorName", e.method, e.route,
    e.params, e.fields, e.made_id as "madeId", e.status, e.request_id as "requestId", e.address
  from audit_entries e left join api_keys k on k.id = e.actor_id and k.tenant_id = e.tenant_id
  where ${whose} and ($2::text is null or e.actor_id = $2) and ($3::text is null or e.id < $3)
  order by e.id desc
  limit $4`;
const tenantSql = sqlOf("e.tenant_id = $1");
const nobodysSql = sqlOf("e.tenant_id is null and $1::text is null");

interface Row extends Omit<AuditEntry, "actor" | "at"> {
  readonly at: Date;
  readonly actorKind: AuditEntry["actor"]["kind"];
  readonly actorId: string;
  readonly actorName: string | null;
}

const cursorSchema = z.tuple([z.string().max(64)]);

export function listAudit(app: Api, { pool }: ApiPorts): void {
  for (const { base, access, params, suffix } of tenantBases) {
    app.get(
      `${base}/audit`,
      {
        config: { ...access, operator: true },
        schema: {
          summary: `Who has asked for what was done, newest first${suffix}`,
          description:
            "Requests that change something, and exports. What came of them to mailboxes is in `/v1/events`." +
            (suffix === "" ? " With an operator's key: those about no single tenant." : ""),
          tags: ["keys"],
          params,
          querystring: z.strictObject({
            actorId: keyIdSchema.optional().describe("Only of this key"),
            limit: limitParam(100, 500),
            cursor: cursorParam,
          }),
          response: { 200: pageOfSchema(auditEntrySchema), ...problemResponses },
        },
      },
      async (request) => {
        const { actorId, limit, cursor } = request.query;
        const [before] = decodeCursor(cursor, cursorSchema) ?? [null];
        const whose = tenantIdOf(request) || null;
        const values = [whose, actorId ?? null, before, limit + 1];
        const sql = whose === null ? nobodysSql : tenantSql;
        const { rows } = await scopeOf(pool, whose).query<Row>(sql, values);
        return pageOf(rows, limit, entryOf, (row) => [row.id]);
      },
    );
  }
}

const entryOf = ({ at, actorKind, actorId, actorName, ...row }: Row): AuditEntry => ({
  ...row,
  at: isoOf(at),
  actor: { kind: actorKind, id: actorId, name: actorName },
});
