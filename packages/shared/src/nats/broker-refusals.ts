import { errors } from "@nats-io/transport-node";
import type { MissingPermission } from "./missing-permissions.ts";

/** The broker will not have us as we come, or we will not have the broker. Waiting does not mend it. */
export abstract class BrokerRefusal extends Error {
  abstract readonly code: string;
}

/** The broker does not know the user, or not with this seed or password. */
export class UserRefusedError extends BrokerRefusal {
  readonly code = "nats_user_refused";
  constructor(options?: ErrorOptions) {
    super(
      "The NATS server does not let this user in. Set NATS_NKEY_SEED_FILE, NATS_CREDS_FILE or NATS_USER with its " +
        "password to a user that the server knows; `npm run nats-users` makes users, and the server has to be " +
        "reloaded after that.",
      options,
    );
    this.name = "UserRefusedError";
  }
}

/** The line to the broker cannot be guarded as the configuration wants it. */
export class BrokerTlsError extends BrokerRefusal {
  readonly code = "nats_tls";
  constructor(why: string, options?: ErrorOptions) {
    super(`No TLS connection to the NATS server: ${why}`, options);
    this.name = "BrokerTlsError";
  }
}

/** The user that a service comes as may not do all that the service does. */
export class MissingPermissionError extends BrokerRefusal {
  readonly code = "nats_permission_missing";
  readonly missing: readonly MissingPermission[];
  constructor(service: string, user: string, missing: readonly MissingPermission[], options?: ErrorOptions) {
    super(
      `The NATS user of ${service} (${user}) lacks ${missing.length} permission(s):\n` +
        `${missing.map((one) => `  - ${describe(one)}`).join("\n")}\n` +
        "`npm run nats-users` writes a configuration that has them; reload the server after a change.",
      options,
    );
    this.name = "MissingPermissionError";
    this.missing = missing;
  }
}

/** The permission that was missed, wherever in an error's causes it stands. */
export function violationIn(error: unknown): InstanceType<typeof errors.PermissionViolationError> | null {
  if (error instanceof errors.PermissionViolationError) return error;
  return error instanceof Error && error.cause !== undefined ? violationIn(error.cause) : null;
}

function describe({ operation, subject, denied }: MissingPermission): string {
  const what = `${operation === "publish" ? "publish" : "subscribe"} to "${subject}"`;
  return denied === null ? `${what}: allow it` : `${what}: "${denied}" of it is denied`;
}
