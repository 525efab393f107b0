import { basename } from "node:path";
import { BrokerRefusal, UserRefusedError } from "@millrace/shared/nats/broker-refusals";
import { oldestServer } from "@millrace/shared/nats/connect-nats";
import { type BrokerExamination, type Examined, examineBroker } from "@millrace/shared/nats/examine-broker";
import { type NatsAccess, readNatsAccess } from "@millrace/shared/nats/read-nats-access";
import { type ServiceName, serviceNames } from "@millrace/shared/nats/service-rights";
import { createLogger } from "@millrace/shared/runtime/create-logger";
import { checkBrokerUsers } from "./check-broker-users.ts";
import type { DoctorEnv } from "./doctor-env.ts";
import { type Finding, fail, ok, skipped, someOf, warn } from "./finding.ts";
import { judgeClock } from "./judge-clock.ts";
import { judgeFollowers } from "./judge-followers.ts";
import { judgeRoom } from "./judge-room.ts";
import { readOutsiders } from "./read-outsiders.ts";

type User = ServiceName | "operator";

const operatorSeed =
  "NATS_NKEY_SEED_FILE to the operator's seed (with `npm start`: .millrace/nats-users/seeds/operator.nk)";

const silent = createLogger("doctor", "silent");

/** The broker: whether it is there, what it is, and in what it differs from what services expect. */
export async function checkBroker(env: DoctorEnv): Promise<Finding[]> {
  if (!env.NATS_URL)
    return [skipped("broker.reachable", "NATS was not looked at", `Set NATS_URL, and ${operatorSeed}.`)];
  const { access, problems } = readNatsAccess(env);
  const [problem] = problems;
  if (problem !== undefined) return [fail("broker.reachable", problem, "Mend the variable.")];
  const user = userOf(env);
  try {
    const size = {
      replicas: env.NATS_REPLICAS,
      logMebibytes: env.NATS_LOG_MIB,
      claimMs: env.CLAIM_SECONDS * 1_000,
    };
    const { NATS_USERS_DIR: folder = "" } = env;
    const outsiders = readOutsiders(folder);
    const examination = await examineBroker(access, { user, outsiders, size, log: silent });
    return [
      ...judgeBroker(examination, access),
      ...judgeFollowers(examination.followers, folder),
      ...(await checkBrokerUsers(env, access, user)),
    ];
  } catch (error) {
    return [describeAway(error, access)];
  }
}

/** Seeds are named after their users; whoever comes without one may do what the server lets anybody do. */
export function userOf({ NATS_NKEY_SEED_FILE: seedFile = "", NATS_USER: named = "" }: DoctorEnv): User {
  const name = named || basename(seedFile, ".nk");
  return serviceNames.find((service) => service === name) ?? "operator";
}

export function describeAway(error: unknown, { servers }: Pick<NatsAccess, "servers">): Finding {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof BrokerRefusal)
    return fail(
      "broker.reachable",
      `${servers.join(", ")}: ${message}`,
      error instanceof UserRefusedError
        ? `Come as a user that the server knows: set ${operatorSeed}.`
        : "Come on a line that the server takes, and that the configuration wants.",
    );
  return fail(
    "broker.reachable",
    `No answer of use at ${servers.join(", ")} (${message})`,
    "Does nats-server run, with JetStream, and is NATS_URL right? Is the user's seed the right one for it?",
  );
}

export function judgeBroker(broker: BrokerExamination, { servers }: Pick<NatsAccess, "servers">): Finding[] {
  const reachable = ok("broker.reachable", `${servers.join(", ")} answers in ${broker.roundTripMs} ms`);
  const needed = oldestServer.join(".");
  if (broker.isTooOld)
    return [
      reachable,
      fail("broker.version", `nats-server ${broker.version}`, `Upgrade it: ${needed} or newer is needed.`),
    ];
  const { clock, storage, streams, consumers } = broker;
  return [
    reachable,
    ok("broker.version", `nats-server ${broker.version} (${needed} or newer is needed)`),
    ...(clock === null
      ? []
      : [judgeClock("broker.clock", "NATS'", { ...clock, uncertaintyMs: broker.roundTripMs })]),
    judgeDrift(
      "broker.streams",
      "stream",
      streams,
      "the janitor makes streams, and brings them up to date, as it starts: start it with the configuration that is meant.",
    ),
    judgeDrift(
      "broker.consumers",
      "consumer",
      consumers,
      "each service makes its consumers as it starts: start it again.",
    ),
    ...judgeCopies(broker),
    ...fullest(broker),
    ...(storage === null
      ? []
      : [
          judgeRoom(
            "broker.storage",
            "the account's storage",
            storage,
            "Raise the account's limit or max_file_store, or make the log smaller (NATS_LOG_MIB).",
          ),
        ]),
  ];
}

function judgeDrift(check: string, what: string, examined: readonly Examined[], todo: string): Finding {
  const missing = examined.filter(({ differences }) => differences === null).map(({ name }) => name);
  const drifted = examined.flatMap(({ name, differences }) =>
    (differences ?? []).map(
      ([field, wanted, found]) =>
        `${name}: ${field} is ${JSON.stringify(found) ?? "absent"} and should be ${JSON.stringify(wanted)}`,
    ),
  );
  const advice = `${todo.charAt(0).toUpperCase()}${todo.slice(1)}`;
  if (missing.length > 0) return fail(check, `not there: ${someOf(missing)}`, advice);
  if (drifted.length > 0)
    return fail(
      check,
      someOf(drifted, 2),
      `${advice} NATS_REPLICAS, NATS_LOG_MIB and CLAIM_SECONDS have to be set here as they are there.`,
    );
  return ok(check, `${examined.length} ${what}s are as they should be`);
}

function judgeCopies({ streams }: BrokerExamination): Finding[] {
  const lagging = streams.filter((stream) => stream.lagging.length > 0);
  if (lagging.length === 0) return [];
  return [
    warn(
      "broker.copies",
      `copies are away or behind: ${someOf(lagging.map(({ name, lagging: nodes }) => `${name} on ${nodes.join(" and ")}`))}`,
      "Start the node, or wait until it has caught up (`/healthz` says ok). Do not stop another one meanwhile.",
    ),
  ];
}

/** The stream that is the fullest, and all that are too full. */
function fullest({ streams }: BrokerExamination): Finding[] {
  const judged = streams
    .filter(({ bytesMax }) => bytesMax > 0)
    .sort((a, b) => b.bytes / b.bytesMax - a.bytes / a.bytesMax)
    .map(({ name, bytes, bytesMax }) =>
      judgeRoom("broker.limits", `the stream ${name}`, { used: bytes, max: bytesMax }, todoOf(name)),
    );
  return judged.filter(({ status }, index) => index === 0 || status !== "ok");
}

const todoOf = (stream: string): string =>
  stream === "EVENTS"
    ? "Publishers wait when it is full: raise NATS_LOG_MIB for all services, and start the janitor anew."
    : "Does whoever takes from it run? docs/operations.md says what each stream is.";
