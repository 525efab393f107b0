import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { accountSchema, credentialsRequestSchema } from "../resources/account.ts";
import { checkCredentials } from "./check-credentials.ts";
import { whyUnchanged } from "./find-kept-account.ts";
import { accountParamsSchema, findAccount } from "./get-account.ts";
import { reconnectAccount, storeCredentials } from "./reconnect-account.ts";

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
    async ({ id: requestId, tenantId, params: { id: accountId }, body: { credentials, check }, log }) => {
      const ref = { tenantId, accountId };
      let consentEndsAt: Date | null = null;
      if (check) {
        const { email } = await findAccount(ports.pool.of(tenantId), tenantId, accountId);
        consentEndsAt = await checkCredentials(ports, credentials, email, log);
      }
      const given = { credentials, consentEndsAt };
      const isKnown = await storeCredentials(ports.pool.of(tenantId), ports.keyring, ref, given);
      if (!isKnown) throw await whyUnchanged(ports.pool.of(tenantId), tenantId, accountId);
      await reconnectAccount(ports, ref, requestId);
      const account = await findAccount(ports.pool.of(tenantId), tenantId, accountId);
      return { ...account, status: "connected" as const, reauth: null }; // as the log has it by now
    },
  );
}
