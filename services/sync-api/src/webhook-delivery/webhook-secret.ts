import { randomBytes } from "node:crypto";
import type { EndpointRef } from "@millrace/shared/events/subjects";
import type { Keyring } from "@millrace/shared/postgres/keyring";
import { webhookSecretSeal } from "@millrace/shared/postgres/seals";

/** Standard Webhooks asks for 24 to 64 bytes. */
const secretBytes = 32;

export const newWebhookSecret = (): string => `whsec_${randomBytes(secretBytes).toString("base64")}`;

/** Seals a signing secret, bound to its endpoint: in the row of another one it does not open. */
export const sealWebhookSecret = (keyring: Keyring, ref: EndpointRef, secret: string): string =>
  keyring.seal(secret, webhookSecretSeal(ref));

/** @throws {KeyringError} */
export const openWebhookSecret = (keyring: Keyring, ref: EndpointRef, sealed: string): string =>
  keyring.open(sealed, webhookSecretSeal(ref));
