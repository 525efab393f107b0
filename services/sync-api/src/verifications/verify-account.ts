import { noHistory } from "@millrace/shared/events/attempt";
import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { EnqueueEffect } from "@millrace/shared/runtime/outcome";
import { forgetFindings } from "@millrace/shared/verify/forget-findings";
import { whyUnchanged } from "../accounts/find-kept-account.ts";
import { accountParamsSchema } from "../accounts/get-account.ts";
import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import {
  verificationAcceptedSchema,
  verificationLinks,
  verificationRequestSchema,
} from "../resources/verification.ts";

/**
 * One at a time for an account: whoever asks meanwhile gets the one that runs, and may add the repair to it; it waits for
 * nobody's leavings from then on.
 */
const insertSql = `
  insert into verifications (id, tenant_id, account_id, repair, position)
  select $3, tenant_id, id, $4, '{"step":"begin"}' from accounts
  where tenant_id = $1 and id = $2 and removing_at is null
  on conflict (account_id) where status = 'running' and sync_id is null
  do update set repair = verifications.repair or excluded.repair, trigger = 'api'
  returning id, repair`;

/** Its work is put on the queue this often at most, however often it is asked for. */
const queuedEveryMs = 60_000;

/**
 * Asks for a verification: it is written down, then its work is queued. Asking again while it runs queues the work
 * again, which does no harm, and makes good what broke off in between.
 */
export function verifyAccount(app: Api, ports: ApiPorts): void {
  app.post(
    "/v1/accounts/:id/verify",
    {
      schema: {
        summary: "Compare a mailbox with the store",
        description:
          "Lists all ids and labels of the mailbox and compares them with what is stored. Runs in the background; " +
          "follow `links.self`. While one of the account runs, it is answered. With `repair`, a sync takes in exactly " +
          "what is found: missing and changed messages are fetched, extra ones that are really gone are hidden.",
        tags: ["accounts"],
        params: accountParamsSchema,
        body: verificationRequestSchema.nullish(),
        response: { 202: verificationAcceptedSchema, ...problemResponses },
      },
    },
    async ({ tenantId, params: { id: accountId }, body, log }, reply) => {
      const values = [tenantId, accountId, newId("ver"), body?.repair ?? false];
      const { rows } = await ports.pool
        .of(tenantId)
        .query<{ id: string; repair: boolean }>(insertSql, values);
      const [row] = rows;
      if (row === undefined) throw await whyUnchanged(ports.pool.of(tenantId), tenantId, accountId);
      await ports.enqueue(workOf({ tenantId, accountId }, row.id, row.repair));
      await forgetFindings(ports.pool).catch((err: unknown) =>
        log.warn({ err }, "old findings were not removed"),
      );
      const links = verificationLinks(accountId, row.id);
      reply.code(202).header("location", links.self);
      return { verificationId: row.id, links };
    },
  );
}

function workOf(ref: AccountRef, verificationId: string, repair: boolean): EnqueueEffect {
  return {
    kind: "enqueue",
    ref,
    lane: "list",
    item: { kind: "verify", syncId: verificationId, repair, history: noHistory },
    dedupeId: `${verificationId}.verify.${Math.floor(Date.now() / queuedEveryMs)}`,
    dueAtMs: null,
  };
}
