import type { Env } from "../program/surroundings.ts";
import { checkApi } from "./check-api.ts";
import { checkBlobs } from "./check-blobs.ts";
import { checkBroker } from "./check-broker.ts";
import { checkNode } from "./check-node.ts";
import { checkPostgres } from "./check-postgres.ts";
import { checkProvider } from "./check-provider.ts";
import { parseDoctorEnv } from "./doctor-env.ts";
import { type Finding, fail } from "./finding.ts";

/** Part of the system that hangs must not keep the others from being told of. */
const partMsMax = 60_000;

/**
 * Looks at all parts at once, and tells of them in an order that stays the same.
 *
 * @throws ConfigError when a variable makes no sense
 */
export async function* runChecks(env: Env, profile: string | undefined): AsyncGenerator<Finding> {
  const given = parseDoctorEnv(env);
  const parts: readonly (readonly [name: string, findings: Promise<Finding[]>])[] = [
    ["node", Promise.resolve([checkNode(process.versions.node)])],
    ["api", checkApi(env, profile, given)],
    ["postgres", checkPostgres(given)],
    ["broker", checkBroker(given)],
    ["blobs", checkBlobs(given)],
    ["provider", checkProvider(given).then((finding) => [finding])],
  ];
  const guarded = parts.map(([name, findings]) => inTime(name, findings));
  for (const findings of guarded) yield* await findings;
}

async function inTime(name: string, findings: Promise<Finding[]>): Promise<Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding[]>((resolve) => {
    const found = `no answer within ${partMsMax / 1_000} s`;
    timer = setTimeout(
      () =>
        resolve([fail(`${name}.answers`, found, "Look at that server's log, and at the network between.")]),
      partMsMax,
    );
  });
  try {
    return await Promise.race([findings, late]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [fail(`${name}.looked-at`, why, "Look at that server's log.")];
  } finally {
    clearTimeout(timer);
  }
}
