import { derivedSyncId } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { checkPushToken, PushTokenError } from "./check-push-token.ts";
import { decideNotification, type NotifiedAccount } from "./decide-notification.ts";
import { PushKeysAwayError } from "./fetch-push-keys.ts";
import { findNotifiedAccounts } from "./find-notified-accounts.ts";
import type { PushAuthority } from "./push-authority.ts";
import { pushBodySchema, readNotification } from "./read-notification.ts";
import { shareRuns } from "./share-runs.ts";

interface Wanted {
  readonly account: NotifiedAccount;
  readonly messageId: string;
}

/**
 * Takes Gmail's notifications from Pub/Sub. 204 is said when the requests for syncs are on the broker's disk; any other
 * answer makes Pub/Sub send the notification again, so what never gets better is 204 as well. A redelivery asks for the
 * same sync. Reads Postgres once, and writes to it every ten seconds a mailbox.
 */
export function takeNotification(app: Api, ports: ApiPorts): void {
  const requestSyncs = shareRuns<Wanted>((_, wanted) => requestSync(ports, wanted));
  app.post(
    "/v1/webhooks/gmail",
    {
      schema: {
        summary: "Take a notification of Gmail, through Pub/Sub",
        description:
          "For a push subscription with authentication: the bearer token is Google's, of the configured audience and " +
          "service account. Each account that has the mailbox, and has not got so far, is synced.",
        tags: ["webhooks"],
        security: [{ pushToken: [] }],
        body: pushBodySchema,
        response: { 204: z.null().describe("Taken, or of no mailbox of ours"), ...problemResponses },
      },
      onRequest: async ({ headers, log }) => {
        try {
          await authenticatePush(ports.push, headers.authorization);
        } catch (error) {
          if (error instanceof ApiProblem && error.code === "push_token_refused")
            log.warn({ event: "push.refused", reason: error.message }, "a push request was refused");
          throw error;
        }
      },
    },
    async ({ body, log }, reply) => {
      const notification = readNotification(body);
      if (notification === null) {
        log.warn(
          { event: "push.not_understood", messageId: body.message.messageId },
          "a notification that says nothing",
        );
        return reply.code(204).send(null);
      }
      const { email, messageId } = notification;
      const accounts = await findNotifiedAccounts(ports.pool, email, new Date());
      if (accounts.length === 0)
        log.info({ event: "push.unknown_mailbox", messageId }, "a notification of no account's mailbox");
      const wanted = accounts.filter((account) => decideNotification(account, notification) === "sync");
      await Promise.all(wanted.map((account) => requestSyncs(account.accountId, { account, messageId })));
      return reply.code(204).send(null);
    },
  );
}

/** @throws {ApiProblem} push_not_configured; push_token_refused; push_keys_unavailable */
async function authenticatePush(
  push: PushAuthority | null,
  authorization: string | undefined,
): Promise<void> {
  if (push === null) {
    throw new ApiProblem(
      "push_not_configured",
      "Set GMAIL_PUSH_AUDIENCE and GMAIL_PUSH_SERVICE_ACCOUNT to take notifications.",
    );
  }
  try {
    await checkPushToken(authorization, push.expected, push.keys, new Date());
  } catch (error) {
    if (error instanceof PushTokenError)
      throw new ApiProblem("push_token_refused", error.message, { cause: error });
    if (error instanceof PushKeysAwayError)
      throw new ApiProblem("push_keys_unavailable", "Google's keys cannot be had. Send it again.", {
        cause: error,
        headers: { "retry-after": "5" },
      });
    throw error;
  }
}

/** One request for all notifications that share it. Its id follows from theirs: a redelivery asks for the same sync. */
async function requestSync({ publishRequest }: ApiPorts, wanted: readonly Wanted[]): Promise<void> {
  const [first] = wanted;
  if (first === undefined) return;
  const { tenantId, accountId } = first.account;
  const ref = { tenantId, accountId };
  const messageIds = [...new Set(wanted.map(({ messageId }) => messageId))].toSorted();
  await publishRequest(ref, {
    syncId: derivedSyncId(ref, "push", ...messageIds),
    mode: "auto",
    trigger: "push",
    requestedAt: new Date().toISOString(),
  });
}
