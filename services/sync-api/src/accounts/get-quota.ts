import type { BudgetReading } from "@millrace/shared/quota/budget";
import type { QuotaView } from "@millrace/shared/quota/quota-governor";
import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { type Quota, quotaSchema } from "../resources/quota.ts";
import { isoOf, isoOrNull } from "../resources/time.ts";
import { accountParamsSchema, findAccount } from "./get-account.ts";

export function getQuota(app: Api, { pool, quota }: ApiPorts): void {
  app.get(
    "/v1/accounts/:id/quota",
    {
      config: { browser: true },
      schema: {
        summary: "What the provider allows an account, and what is used of it",
        tags: ["accounts"],
        params: accountParamsSchema,
        response: { 200: quotaSchema, ...problemResponses },
      },
    },
    async ({ tenantId, params: { id } }) => {
      await findAccount(pool.of(tenantId), tenantId, id);
      return quota === null ? withoutLimits(id) : readQuota(quota, tenantId, id);
    },
  );
}

const withoutLimits = (accountId: string): Quota => ({
  accountId,
  limited: false,
  account: null,
  project: null,
  messagesPerMinute: null,
});

async function readQuota(
  { read, unitsPerMessage }: QuotaView,
  tenantId: string,
  accountId: string,
): Promise<Quota> {
  const { account, project } = await read({ tenantId, accountId });
  const { coolUntilMs, nextAtMs } = account;
  return {
    accountId,
    limited: true,
    account: {
      ...budgetOf(account),
      coolDownUntil: isoOrNull(coolUntilMs === null ? null : new Date(coolUntilMs)),
      nextChunkAt: isoOf(new Date(nextAtMs)),
    },
    project: {
      ...budgetOf(project),
      unitsPerDay: project.day?.limit ?? null,
      usedToday: project.day?.used ?? null,
    },
    messagesPerMinute: Math.floor(Math.min(account.limitNow, project.limitNow) / unitsPerMessage),
  };
}

const budgetOf = ({ limit, limitNow, used }: BudgetReading) => ({
  unitsPerMinute: limit,
  unitsPerMinuteNow: Math.floor(limitNow),
  usedLastMinute: used,
});
