import { newId } from "@millrace/shared/events/identifiers";
import type { FastifyRequest } from "fastify";
import type { Api } from "../api.ts";
import type { AuditMark } from "./audit-mark.ts";
import { type Caller, tenantOf } from "./caller.ts";
import { onlyReads } from "./decide-access.ts";
import type { CallerPorts } from "./find-caller.ts";

const insertSql = `
  insert into audit_entries
    (id, tenant_id, actor_kind, actor_id, method, route, params, request_id, address, fields)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

const outcomeSql =
  "update audit_entries set status = $2, tenant_id = coalesce(tenant_id, $3), made_id = $4 where id = $1";

/**
 * Notes who is about to change what, or to take all of it away, before it is done: what cannot be noted is not done. Only what has its form and may be
 * asked is noted; of its body the names of its fields, no values, which may be secrets, and of its answer the id of what was
 * made.
 */
export function auditRequests(app: Api, { pool, log }: Pick<CallerPorts, "pool" | "log">): void {
  const given = new WeakMap<FastifyRequest, readonly string[]>();
  // Before the schema puts in what was left out.
  app.addHook("preValidation", async (request) => {
    if (!onlyReads(request.method)) given.set(request, fieldsOf(request.body));
  });
  app.addHook("preHandler", async (request) => {
    const { caller, method, routeOptions, id: requestId, ip, params } = request;
    if (caller === null || caller.kind === "browser") return;
    if (onlyReads(method) && routeOptions.config.isNoted !== true) return;
    const entry: AuditMark = { id: newId("aud"), tenantId: tenantOfRequest(request, caller), madeId: null };
    const what = [
      method,
      routeOptions.url ?? "",
      JSON.stringify(params),
      requestId,
      ip,
      given.get(request) ?? [],
    ];
    const scope = entry.tenantId === null ? pool.ofAll() : pool.of(entry.tenantId);
    await scope.query(insertSql, [entry.id, entry.tenantId, caller.kind, caller.id, ...what]);
    request.audit = entry;
  });
  app.addHook("preSerialization", async ({ audit }, reply, payload) => {
    if (audit !== null && madeCodes.has(reply.statusCode)) audit.madeId = idOf(payload);
    return payload;
  });
  app.addHook("onResponse", async ({ audit }, { statusCode }) => {
    if (audit === null) return;
    await pool
      .ofAll() // what was about nobody may be about somebody by now
      .query(outcomeSql, [audit.id, statusCode, audit.tenantId, audit.madeId])
      .catch((err) => log.warn({ err, auditId: audit.id }, "the outcome of a request was not noted"));
  });
}

const madeCodes: ReadonlySet<number> = new Set([201, 202]);
const fieldsMax = 50;

/** Their schema knows all of them. */
const fieldsOf = (body: unknown): readonly string[] =>
  typeof body === "object" && body !== null && !Array.isArray(body)
    ? Object.keys(body).slice(0, fieldsMax)
    : [];

function idOf(payload: unknown): string | null {
  const { id, syncId } = (payload ?? {}) as { readonly id?: unknown; readonly syncId?: unknown };
  return ([id, syncId].find((one) => typeof one === "string") as string | undefined) ?? null;
}

function tenantOfRequest({ params }: FastifyRequest, caller: Caller): string | null {
  const { tenantId } = params as { readonly tenantId?: string };
  return tenantId ?? (tenantOf(caller) || null);
}
