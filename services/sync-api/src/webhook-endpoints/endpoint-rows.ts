import { endpointIdSchema } from "@millrace/shared/events/identifiers";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { z } from "zod";
import { ApiProblem, notFound } from "../http/problem.ts";
import { isoOf, isoOrNull } from "../resources/time.ts";
import type { Endpoint } from "../resources/webhook-endpoint.ts";

export const endpointParamsSchema = z.object({ id: endpointIdSchema });

/** Secrets are never among them. */
export const endpointColumns = `
  id, url, events, description, enabled, disabled_reason as "disabledReason", disabled_at as "disabledAt", failures,
  failing_since as "failingSince", case when open_until > now() then open_until end as "leftAloneUntil",
  case when previous_secret_until > now() then previous_secret_until end as "previousSecretUntil",
  created_at as "createdAt", updated_at as "updatedAt"`;

type EndpointTime = "failingSince" | "leftAloneUntil" | "previousSecretUntil" | "createdAt" | "updatedAt";

export interface EndpointRow extends Omit<Endpoint, EndpointTime | "disabled" | "links"> {
  readonly disabledReason: NonNullable<Endpoint["disabled"]>["reason"] | null;
  readonly disabledAt: Date | null;
  readonly failingSince: Date | null;
  readonly leftAloneUntil: Date | null;
  readonly previousSecretUntil: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export function endpointOf(row: EndpointRow): Endpoint {
  const { disabledReason, disabledAt } = row;
  const self = `/v1/webhook-endpoints/${row.id}`;
  return {
    id: row.id,
    url: row.url,
    events: row.events,
    description: row.description,
    enabled: row.enabled,
    disabled:
      disabledReason === null || disabledAt === null
        ? null
        : { reason: disabledReason, at: isoOf(disabledAt) },
    failures: row.failures,
    failingSince: isoOrNull(row.failingSince),
    leftAloneUntil: isoOrNull(row.leftAloneUntil),
    previousSecretUntil: isoOrNull(row.previousSecretUntil),
    createdAt: isoOf(row.createdAt),
    updatedAt: isoOf(row.updatedAt),
    links: { self, deliveries: `${self}/deliveries` },
  };
}

const sql = `select ${endpointColumns} from webhook_endpoints where tenant_id = $1 and id = $2`;

/** @throws {ApiProblem} not_found, also for another tenant's */
export async function findEndpoint(pool: Pool, tenantId: string, endpointId: string): Promise<Endpoint> {
  const { rows } = await pool.of(tenantId).query<EndpointRow>(sql, [tenantId, endpointId]);
  const [row] = rows;
  if (row === undefined) throw noEndpoint();
  return endpointOf(row);
}

export const noEndpoint = (): ApiProblem => notFound("webhook endpoint", "/v1/webhook-endpoints");

/** @throws {ApiProblem} not_found; endpoint_disabled */
export async function findEnabled(pool: Pool, tenantId: string, endpointId: string): Promise<Endpoint> {
  const endpoint = await findEndpoint(pool, tenantId, endpointId);
  if (endpoint.enabled) return endpoint;
  throw new ApiProblem(
    "endpoint_disabled",
    `Nothing is sent to it. PATCH ${endpoint.links.self} with {"enabled":true} enables it.`,
  );
}
