import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { MissingPermissionError, violationIn } from "./broker-refusals.ts";
import { missingPermissions } from "./missing-permissions.ts";
import { inboxPrefix, permissionsOf, userInfoSubject } from "./permissions.ts";
import type { ServiceRights } from "./service-rights.ts";

const answerMsMax = 5_000;

const rightsSchema = z.object({
  allow: z.array(z.string()).optional(),
  deny: z.array(z.string()).optional(),
});
const userInfoSchema = z.object({
  data: z.object({
    user: z.string(),
    account: z.string(),
    permissions: z
      .object({ publish: rightsSchema.optional(), subscribe: rightsSchema.optional() })
      .optional(),
  }),
});

/**
 * Asks the broker what it lets us do, and compares that with all that a service will ever do: nothing is tried out.
 *
 * @returns whether the user is limited at all
 * @throws {MissingPermissionError} also when the question itself is not allowed
 */
export async function checkPermissions(
  connection: NatsConnection,
  service: string,
  rights: ServiceRights,
): Promise<boolean> {
  const { user, account, permissions } = await askWhatWeMay(connection, service);
  const missing = missingPermissions(permissionsOf(service, rights), permissions ?? {});
  if (missing.length > 0)
    throw new MissingPermissionError(service, `${user || "nobody"} of account ${account}`, missing);
  return permissions !== undefined;
}

async function askWhatWeMay(connection: NatsConnection, service: string) {
  try {
    const answer = await connection.request(userInfoSubject, undefined, { timeout: answerMsMax });
    return userInfoSchema.parse(answer.json()).data;
  } catch (error) {
    const violation = violationIn(error);
    if (violation === null) throw error;
    const missing =
      violation.operation === "publish"
        ? ({ operation: "publish", subject: userInfoSubject, denied: null } as const)
        : ({ operation: "subscribe", subject: `${inboxPrefix(service)}.>`, denied: null } as const);
    throw new MissingPermissionError(service, "it cannot even ask who it is", [missing], { cause: error });
  }
}
