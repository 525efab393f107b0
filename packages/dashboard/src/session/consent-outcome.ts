import type { ConnectLink } from "@millrace/client";

/** What came of a consent that led back here. */
export type ConsentOutcome =
  | { readonly status: "connected"; readonly accountId: string | null }
  | { readonly status: "failed"; readonly words: string };

/**
 * What an address says of a consent; null: nothing.
 *
 * @param search the address's query, as the end of a connect link has made it
 */
export function consentOutcomeOf(search: string): ConsentOutcome | null {
  const query = new URLSearchParams(search);
  switch (query.get("status")) {
    case "connected":
      return { status: "connected", accountId: query.get("accountId") };
    case "failed":
      return { status: "failed", words: failureWords(query.get("error")) };
    default:
      return null;
  }
}

/** For who has just consented, and knows nothing of Millrace. Anybody can write an address: only known codes have words. */
export const failureWords = (code: string | null): string =>
  Object.hasOwn(words, code ?? "")
    ? words[code as Code]
    : "Something did not work. Open the link again; when that does not help, tell whoever has sent it.";

type Code = NonNullable<ConnectLink["failure"]>["code"];

const words: Readonly<Record<Code, string>> = {
  access_denied:
    "The access was not allowed. Open the link again and allow it, if you want the mailbox connected.",
  access_missing:
    "Not all that is needed was allowed. Open the link again, and leave reading mail ticked on the consent page.",
  account_gone: "The mailbox was removed here meanwhile. Ask whoever has sent the link for a new one.",
  account_removing: "The mailbox is being removed here. Ask for a new link when that is done.",
  attempt_expired: "It has taken longer than ten minutes. Open the link again, or ask for a new one.",
  client_refused:
    "The provider does not accept this service at the moment. Tell whoever has sent the link: an operator has to look.",
  code_refused: "The provider did not accept the answer of its consent page. Open the link again.",
  consent_failed: "The provider’s consent page ended with an error. Open the link again.",
  internal:
    "Something went wrong on our side. Open the link again; when that does not help, tell whoever has sent it.",
  link_used: "The link has connected a mailbox already. Ask for a new one to connect another.",
  mailbox_refused:
    "This account has no mailbox that can be read, or its administrator does not allow it. Open the link again with another account, or ask the administrator.",
  other_mailbox:
    "Another mailbox was chosen than the one that is meant. Open the link again and choose that one.",
  provider_unavailable: "The provider does not answer as it should. Open the link again in a few minutes.",
  refresh_token_missing:
    "The provider gave no lasting access. Remove this application at https://myaccount.google.com/connections, then open the link again.",
};
