import { type Account, consentEndsSoon, type Millrace } from "@millrace/client";
import type { Target } from "../api/choose-target.ts";
import { isOperatorKey } from "../api/is-operator-key.ts";
import { formatCount } from "../syncs/render-progress.ts";
import { type Finding, ok, skipped, someOf, warn } from "./finding.ts";

/** More are counted by `millrace status`. */
const accountsMax = 10_000;

/** Which mailboxes need a person: consent that is lost, watches that have lapsed, mail that was set aside. */
export async function checkAccounts(millrace: Millrace, { key }: Target): Promise<Finding[]> {
  if (isOperatorKey(key))
    return [
      skipped(
        "accounts.credentials",
        "An operator's key shows no mailboxes",
        "Give a tenant's key to look at them.",
      ),
    ];
  const accounts: Account[] = [];
  for await (const account of millrace.accounts.list({ limit: 200 })) {
    accounts.push(account);
    if (accounts.length >= accountsMax) break;
  }
  const { items: open } = await millrace.deadLetters.list({ state: "open", limit: 1 }).page();
  return [
    judgeCredentials(accounts),
    judgeConsents(accounts),
    judgeWatches(accounts),
    judgeCopies(accounts),
    open.length === 0
      ? ok("mail.dead-letters", "no message is set aside")
      : warn(
          "mail.dead-letters",
          "messages are set aside",
          "`millrace dead-letters ls` says why, `millrace dead-letters redrive --all` tries them again.",
        ),
  ];
}

const countOf = (accounts: readonly Account[]): string =>
  `${formatCount(accounts.length)} mailbox${accounts.length === 1 ? "" : "es"}`;

export function judgeCredentials(accounts: readonly Account[]): Finding {
  const refused = accounts.filter(({ status }) => status === "reauth_required");
  const all = countOf(accounts);
  if (refused.length === 0) return ok("accounts.credentials", `${all}, none has to be connected again`);
  const names = refused.map(({ email }) => email);
  return warn(
    "accounts.credentials",
    `${formatCount(refused.length)} of ${all} must be connected again: ${someOf(names)}`,
    `\`millrace connect ${names[0]}\` makes a link for each; their paused syncs then go on.`,
  );
}

/** A finding of its own: mailboxes that are refused already must not hide those that will be. */
export function judgeConsents(accounts: readonly Account[], nowMs = Date.now()): Finding {
  const ending = accounts.filter((account) => consentEndsSoon(account, nowMs)).map(({ email }) => email);
  if (ending.length === 0) return ok("accounts.consents", "no consent ends within three days");
  return warn(
    "accounts.consents",
    `the consent to ${formatCount(ending.length)} of ${countOf(accounts)} ends within three days: ${someOf(ending)}`,
    `\`millrace connect ${ending[0]}\` makes a link for each. All a week after they were connected: the OAuth client is in testing at Google; publish it.`,
  );
}

export function judgeWatches(accounts: readonly Account[]): Finding {
  const watched = accounts.filter(
    ({ watch }) => watch !== null && (watch.expiresAt ?? watch.lapsedSince) !== null,
  );
  if (watched.length === 0)
    return ok("accounts.watches", "no mailbox is watched (no push); polls find changes");
  const lapsed = watched.filter(({ watch }) => watch?.lapsedSince);
  if (lapsed.length === 0)
    return ok("accounts.watches", `${formatCount(watched.length)} watched, no watch has lapsed`);
  return warn(
    "accounts.watches",
    `${formatCount(lapsed.length)} of ${formatCount(watched.length)} watches have lapsed: ${someOf(lapsed.map(({ email }) => email))}`,
    "Polls find changes meanwhile. Does the janitor run, and does Pub/Sub reach POST /v1/webhooks/gmail? `millrace tail --type watch.failed` says why.",
  );
}

/** What differs once is taken in, and nobody has to see to it. */
export function judgeCopies(accounts: readonly Account[]): Finding {
  const drifting = accounts.filter(({ verification }) => verification.driftsInRow >= 2);
  if (drifting.length === 0) {
    const compared = accounts.filter(({ verification }) => verification.lastAt !== null).length;
    return ok(
      "accounts.copies",
      `${formatCount(compared)} compared with their mailboxes, none differs again and again`,
    );
  }
  const names = drifting.map(({ email }) => email);
  return warn(
    "accounts.copies",
    `${formatCount(drifting.length)} have differed from their mailboxes again, after what differed was taken in: ${someOf(names)}`,
    "docs/operations.md#millracedriftrepeats says what to look at.",
  );
}
