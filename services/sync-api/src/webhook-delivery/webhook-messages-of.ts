import type { EventOf, FactOf } from "@millrace/shared/events/facts";
import type { WebhookPayload } from "./webhook-payload.ts";

export interface WebhookMessage {
  /** Names its cause: whatever has the same one is the same message. */
  readonly key: string;
  readonly payload: WebhookPayload;
}

/** What ids of messages may weigh in one payload, in characters: some 1,000 of Gmail's, of which a chunk has 500 at most. */
const idCharsMax = 24 * 1_024;

/** Types of facts that may have something to tell; of others not even the body is read. */
const toldTypes: ReadonlySet<string> = new Set<EventOf["fact"]["type"]>([
  "sync.completed",
  "sync.failed",
  "sync.paused",
  "chunk.fetched",
  "chunk.dead_lettered",
  "chunk.abandoned",
  "dead_letters.settled",
  "account.verified",
  "account.consent_ending",
]);

export const isTold = (type: string): boolean => toldTypes.has(type);

/** What follows from a fact for those who want to be told over HTTP. Pure: the same fact always gives the same messages. */
export function webhookMessagesOf(event: EventOf): WebhookMessage[] {
  const { id: key, accountId, time: timestamp, fact } = event;
  switch (fact.type) {
    case "sync.completed": {
      const { syncId, status, ledger } = fact;
      const data = { accountId, syncId, status, ledger };
      return [{ key, payload: { type: "sync.completed", timestamp, version: 1, data } }];
    }
    case "sync.failed": {
      const { syncId, category, message } = fact;
      const data = { accountId, syncId, category, message };
      return [{ key, payload: { type: "sync.failed", timestamp, version: 1, data } }];
    }
    case "sync.paused":
      return reauthRequired(event, fact);
    case "account.verified":
      return driftRepeated(event, fact);
    case "account.consent_ending": {
      const data = { accountId, endsAt: fact.endsAt };
      return [{ key, payload: { type: "account.consent_ending", timestamp, version: 1, data } }];
    }
    case "chunk.fetched":
    case "chunk.dead_lettered":
      // A full copy of a mailbox is no news; its newest messages come by the lane of new mail.
      return fact.lane === "live" ? mailChanged(event, fact) : [];
    case "chunk.abandoned":
    case "dead_letters.settled":
      return mailChanged(event, fact);
    default:
      return [];
  }
}

/** Each sync that pauses for it says that consent is lost; since when names the loss. */
function reauthRequired({ accountId }: EventOf, { reason, course }: FactOf<"sync.paused">): WebhookMessage[] {
  const { consentLost } = course;
  if (reason !== "consent_lost" || consentLost === null) return [];
  const { since, message } = consentLost;
  return [
    {
      key: `${accountId}.consent_lost.${since}`,
      payload: {
        type: "account.reauth_required",
        timestamp: since,
        version: 1,
        data: { accountId, message },
      },
    },
  ];
}

/** Once is nothing that anybody has to see to: it was taken in. */
function driftRepeated(
  { id: key, accountId, time: timestamp }: EventOf,
  { verificationId, driftsInRow = 0, missing, extra, changed }: FactOf<"account.verified">,
): WebhookMessage[] {
  if (driftsInRow < 2) return [];
  const data = { accountId, verificationId, driftsInRow, missing, extra, changed };
  return [{ key, payload: { type: "account.drift_repeated", timestamp, version: 1, data } }];
}

type MailFact = FactOf<"chunk.fetched" | "chunk.dead_lettered" | "chunk.abandoned" | "dead_letters.settled">;

function mailChanged({ id, accountId, time }: EventOf, { syncId, mail }: MailFact): WebhookMessage[] {
  const counts = {
    added: mail.added.length,
    changed: mail.changed.length,
    deleted: mail.deleted.length,
  };
  if (counts.added + counts.changed + counts.deleted === 0) return [];
  let charsLeft = idCharsMax;
  const fitting = (ids: readonly string[]): string[] =>
    ids.filter((messageId) => {
      charsLeft -= messageId.length;
      return charsLeft >= 0;
    });
  const [added, changed, deleted] = [fitting(mail.added), fitting(mail.changed), fitting(mail.deleted)];
  const data = { accountId, syncId, counts, added, changed, deleted, truncated: charsLeft < 0 };
  return [{ key: id, payload: { type: "mail.changed", timestamp: time, version: 1, data } }];
}
