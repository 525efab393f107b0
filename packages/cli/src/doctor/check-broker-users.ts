import { existsSync } from "node:fs";
import { join } from "node:path";
import { examinePermissions } from "@millrace/shared/nats/examine-broker";
import { type NatsAccess, readNatsAccess } from "@millrace/shared/nats/read-nats-access";
import { type ServiceName, serviceNames } from "@millrace/shared/nats/service-rights";
import { createLogger } from "@millrace/shared/runtime/create-logger";
import type { DoctorEnv } from "./doctor-env.ts";
import { type Finding, fail, ok, skipped, someOf, warn } from "./finding.ts";

const silent = createLogger("doctor", "silent");

/** Whether services' users may do what services do: each with its own seed, where they are all at hand. */
export async function checkBrokerUsers(
  env: DoctorEnv,
  access: NatsAccess,
  user: ServiceName | "operator",
): Promise<Finding[]> {
  const { NATS_USERS_DIR: folder, NATS_URL } = env;
  if (user !== "operator") return [judgePermissions(user, await examinePermissions(access, user, silent))];
  if (!folder)
    return [
      skipped(
        "broker.permissions",
        "What services' users may do was not looked at",
        "Set NATS_USERS_DIR to the folder of `npm run nats-users` (with `npm start`: .millrace/nats-users), or NATS_NKEY_SEED_FILE to a service's seed.",
      ),
    ];
  const findings: Finding[] = [];
  for (const service of serviceNames) {
    const seedFile = join(folder, "seeds", `${service}.nk`);
    if (!existsSync(seedFile)) {
      findings.push(skipped("broker.permissions", `${service}: ${seedFile} is not there`));
      continue;
    }
    const {
      NATS_CREDS_FILE: _creds,
      NATS_USER: _user,
      NATS_PASSWORD: _password,
      NATS_PASSWORD_FILE: _file,
      ...rest
    } = env;
    const own = readNatsAccess({ ...rest, NATS_URL, NATS_NKEY_SEED_FILE: seedFile });
    findings.push(await permissionsOf(own.access, service));
  }
  return findings;
}

async function permissionsOf(access: NatsAccess, service: ServiceName): Promise<Finding> {
  try {
    return judgePermissions(service, await examinePermissions(access, service, silent));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail(
      "broker.permissions",
      `${service}: ${why}`,
      "Run `npm run nats-users` again, and reload the server.",
    );
  }
}

export function judgePermissions(service: ServiceName, missing: readonly string[] | null): Finding {
  if (missing === null)
    return warn(
      "broker.permissions",
      `the user of ${service} may do everything`,
      "`npm run nats-users` makes users who may do what their service does.",
    );
  if (missing.length === 0)
    return ok("broker.permissions", `the user of ${service} may do what ${service} does`);
  return fail(
    "broker.permissions",
    `the user of ${service} may not ${someOf(missing)}`,
    "Run `npm run nats-users` again, and reload the server.",
  );
}
