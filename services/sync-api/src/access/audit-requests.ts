import { newId } from "@millrace/shared/events/identifiers";
import type { FastifyRequest } from "fastify";
import type { Api } from "../api.ts";
import type { AuditMark } from "./audit-mark.ts";
import { type Caller, tenantOf } from "./caller.ts";
import { onlyReads } from "./decide-access.ts";
import type { CallerPorts } from "./find-caller.ts";

const insertSql = `
  insert into audit_entries
    (id, tenant_id, actor_kind, actor_id, method, route, params, request_id, address)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

const outcomeSql = "update audit_entries set status = $2, tenant_id = coalesce(tenant_id, $3) where id = $1";

/**
 * Notes who is about to change what, before it is done: what cannot be noted is not done. Only what has its form and may be
 * asked is noted, and no body, which may hold secrets.
 */
export function auditRequests(app: Api, { pool, log }: Pick<CallerPorts, "pool" | "log">): void {
  app.addHook("preHandler", async (request) => {
    const { caller, method, routeOptions, id: requestId, ip, params } = request;
    if (onlyReads(method) || caller === null || caller.kind === "browser") return;
    const entry: AuditMark = { id: newId("aud"), tenantId: tenantOfRequest(request, caller) };
    const what = [method, routeOptions.url ?? "", JSON.stringify(params), requestId, ip];
    const scope = entry.tenantId === null ? pool.ofAll() : pool.of(entry.tenantId);
    await scope.query(insertSql, [entry.id, entry.tenantId, caller.kind, caller.id, ...what]);
    request.audit = entry;
  });
  app.addHook("onResponse", async ({ audit }, { statusCode }) => {
    if (audit === null) return;
    await pool
      .ofAll() // what was about nobody may be about somebody by now
      .query(outcomeSql, [audit.id, statusCode, audit.tenantId])
      .catch((err) => log.warn({ err, auditId: audit.id }, "the outcome of a request was not noted"));
  });
}

function tenantOfRequest({ params }: FastifyRequest, caller: Caller): string | null {
  const { tenantId } = params as { readonly tenantId?: string };
  return tenantId ?? (tenantOf(caller) || null);
}
