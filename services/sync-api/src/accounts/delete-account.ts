import { decideRemoval } from "@millrace/shared/steps/decide-removal";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { appendBounded } from "../control/append-bounded.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { accountParamsSchema, findAccount } from "./get-account.ts";

const acceptedSchema = z
  .object({
    accountId: z.string(),
    status: z.literal("removing"),
    requestedAt: z.iso.datetime(),
    links: z.object({ self: z.string().describe("404 once nothing of the account is kept any more") }),
  })
  .meta({ id: "RemovalAccepted" });

/** From here on nobody works for it, and nothing of it is read; whoever dies before this is made good by the janitor. */
const markSql = `
  update accounts set removing_at = coalesce(removing_at, $3), removing_by = coalesce(removing_by, $4)
  where tenant_id = $1 and id = $2`;

const accountHeld = (reason: string): ApiProblem =>
  new ApiProblem(
    "account_held",
    `Its hold has this reason: ${reason}. End the hold first (DELETE /v1/accounts/:id/hold), if you may.`,
  );

/**
 * Has an account removed. The log has the fact before the answer is given, and everything follows from it: its syncs end,
 * and the janitor removes what is held on it. Asking again changes nothing.
 */
export function deleteAccount(app: Api, ports: ApiPorts): void {
  app.delete(
    "/v1/accounts/:id",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Remove an account, with everything that is held on it",
        description:
          "Answers when it is certain that it will be done, whatever crashes: its syncs end as cancelled, its mail cannot " +
          "be read any more, the provider is asked to stop telling us of the mailbox and to take its consent back, and " +
          "mail, attachments, audit trail and credentials are removed. Meanwhile the account is `removing`, then 404; " +
          "the fact `account.removed` stays, and holds no address and no content. The mailbox can be connected again " +
          "then, as a new account. There is no way back.",
        tags: ["accounts"],
        params: accountParamsSchema,
        response: { 202: acceptedSchema, ...problemResponses },
      },
    },
    async ({ id: requestId, tenantId, params: { id: accountId } }, reply) => {
      const { hold } = await findAccount(ports.pool.of(tenantId), tenantId, accountId);
      if (hold !== null) throw accountHeld(hold.reason);
      const ref = { tenantId, accountId };
      const asked = await appendBounded(ports, async () => {
        const at = await ports.syncState.course(ref);
        return decideRemoval(ref, at, { requestId, requestedAt: new Date().toISOString() });
      });
      const { requestedAt } = asked;
      await ports.pool.of(tenantId).query(markSql, [tenantId, accountId, requestedAt, asked.requestId]);
      const self = `/v1/accounts/${accountId}`;
      reply.code(202).header("location", self);
      return { accountId, status: "removing" as const, requestedAt, links: { self } };
    },
  );
}
