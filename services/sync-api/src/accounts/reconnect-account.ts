import { regainConsent, waitingForConsent } from "@millrace/shared/events/evolve-course";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { Queries } from "@millrace/shared/postgres/create-pool";
import type { Keyring } from "@millrace/shared/postgres/keyring";
import { sealCredentials } from "@millrace/shared/postgres/load-account";
import type { ApiPorts } from "../api.ts";
import { appendBounded } from "../control/append-bounded.ts";
import type { GivenConsent } from "./insert-account.ts";

const storeSql = `
  update accounts
  set sealed_credentials = $3, consent_ends_at = $4, consent_told_at = null, credentials_version = credentials_version + 1, updated_at = now()
  where tenant_id = $1 and id = $2 and removing_at is null`;

/** Puts new credentials in the place of the old ones. @returns false when the tenant has no such account, or it is being removed */
export async function storeCredentials(
  database: Queries,
  keyring: Keyring,
  ref: AccountRef,
  { credentials, consentEndsAt }: GivenConsent,
): Promise<boolean> {
  const sealed = sealCredentials(keyring, ref, credentials);
  const values = [ref.tenantId, ref.accountId, sealed, consentEndsAt];
  const { rowCount } = await database.query(storeSql, values);
  return rowCount !== 0;
}

/**
 * Appends the fact from which the syncs of an account go on that have paused for new credentials. They have to be stored
 * already. Nothing is appended where nothing waits for it.
 *
 * @param cause names the fact: the same cause again is the same fact
 */
export async function reconnectAccount(
  ports: Pick<ApiPorts, "eventLog" | "syncState">,
  ref: AccountRef,
  cause: string,
): Promise<void> {
  await appendBounded(ports, async () => {
    const { course, seq } = await ports.syncState.course(ref);
    if (course.consentLost === null) return { effect: null, answer: undefined };
    return {
      effect: {
        kind: "append",
        ref,
        eventId: `${ref.accountId}.reconnected.${cause}`,
        expectedSeq: seq,
        fact: {
          type: "account.reconnected",
          resumed: waitingForConsent(course),
          course: regainConsent(course, new Date().toISOString()),
        },
      },
      answer: undefined,
    };
  });
}
