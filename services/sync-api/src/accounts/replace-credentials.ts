import { regainConsent, waitingForConsent } from "@millrace/shared/events/evolve-course";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { sealCredentials } from "@millrace/shared/postgres/load-account";
import type { Api, ApiPorts } from "../api.ts";
import { appendBounded } from "../control/append-bounded.ts";
import { problemResponses } from "../http/problem.ts";
import { accountSchema, credentialsRequestSchema } from "../resources/account.ts";
import { whyUnchanged } from "./find-kept-account.ts";
import { accountParamsSchema, findAccount } from "./get-account.ts";

const storeSql = `
  update accounts
  set sealed_credentials = $3, credentials_version = credentials_version + 1, updated_at = now()
  where tenant_id = $1 and id = $2 and removing_at is null`;

/**
 * Connects a mailbox again. The credentials are stored first, then the fact is appended from which its paused syncs
 * go on: whoever finds the account without that fact, after a crash in between, asks again and gets it done.
 */
export function replaceCredentials(app: Api, ports: ApiPorts): void {
  app.post(
    "/v1/accounts/:id/credentials",
    {
      schema: {
        summary: "Connect a mailbox again",
        description:
          "Takes new credentials, and resumes the syncs that paused because the provider refused the old ones, where " +
          "they were. Syncs that a person paused stay paused. Asking again does no harm.",
        tags: ["accounts"],
        params: accountParamsSchema,
        body: credentialsRequestSchema,
        response: { 200: accountSchema, ...problemResponses },
      },
    },
    async ({ id: requestId, tenantId, params: { id: accountId }, body: { credentials } }) => {
      const ref = { tenantId, accountId };
      const sealed = sealCredentials(ports.keyring, ref, credentials);
      const { rowCount } = await ports.pool.query(storeSql, [tenantId, accountId, sealed]);
      if (rowCount === 0) throw await whyUnchanged(ports.pool, tenantId, accountId);
      await reconnect(ports, ref, requestId);
      const account = await findAccount(ports.pool, tenantId, accountId);
      return { ...account, status: "connected" as const, reauth: null }; // as the log has it by now
    },
  );
}

async function reconnect(ports: ApiPorts, ref: AccountRef, requestId: string): Promise<void> {
  await appendBounded(ports, async () => {
    const { course, seq } = await ports.syncState.course(ref);
    if (course.consentLost === null) return { effect: null, answer: undefined };
    return {
      effect: {
        kind: "append",
        ref,
        eventId: `${ref.accountId}.reconnected.${requestId}`,
        expectedSeq: seq,
        fact: {
          type: "account.reconnected",
          resumed: waitingForConsent(course),
          course: regainConsent(course),
        },
      },
      answer: undefined,
    };
  });
}
