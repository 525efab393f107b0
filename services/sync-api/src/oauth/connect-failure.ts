import { z } from "zod";

/** Why a person came back without a connected mailbox, and what to do. The codes stand in addresses: nothing else does. */
export const connectFailures = {
  access_denied: "The person did not allow the access.",
  access_missing:
    "The person did not allow all that is needed: reading mail has to stay ticked on the consent page.",
  account_gone: "The account that was to be connected again does not exist any more.",
  account_removing:
    "The mailbox is that of an account which is being removed. Make a new link when GET /v1/accounts/:id answers 404.",
  attempt_expired: "The person took longer than ten minutes. Open the link again, or make a new one.",
  client_refused:
    "The provider refuses this installation's OAuth client. Its operator has to look: the log says what is wrong.",
  code_refused: "The provider refuses the code that the browser brought. Open the link again.",
  consent_failed: "The provider's consent page ended with an error. Open the link again.",
  internal: "Something went wrong on our side. Open the link again; the log has the reason.",
  link_used: "The link has connected a mailbox meanwhile. Make a new one.",
  mailbox_refused:
    "The access opens no mailbox: the person's account has none, or its administrator does not allow it.",
  other_mailbox: "The person chose another mailbox than the one that is to be connected again.",
  provider_unavailable: "The provider does not answer as it should. Open the link again shortly.",
  refresh_token_missing:
    "The provider gave no lasting access. The person removes this application's access at https://myaccount.google.com/connections, then opens the link again.",
} as const;

export type ConnectFailure = keyof typeof connectFailures;

export const connectFailureSchema = z.enum(
  Object.keys(connectFailures) as [ConnectFailure, ...ConnectFailure[]],
);
