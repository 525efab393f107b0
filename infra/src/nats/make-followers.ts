import { connectNats } from "@millrace/shared/nats/connect-nats";
import { readNatsAccess } from "@millrace/shared/nats/read-nats-access";
import { followerConsumer, followerPrefix } from "@millrace/shared/nats/topology";
import { createLogger } from "@millrace/shared/runtime/create-logger";
import { operator } from "./accounts-configuration.ts";
import type { BrokerUsers } from "./broker-users.ts";

const consumersMax = 10_000;

/**
 * Makes the consumers through which other services follow their tenants, brings those that are there up to date, and
 * removes those of whoever follows no more. They may not make one themselves: what a consumer delivers, and where to,
 * stands in what is asked for and not in a subject that could be permitted.
 *
 * @param caFile who signed the server's certificate, in PEM
 */
export async function makeFollowers(
  url: string,
  users: Pick<BrokerUsers, "seedFile" | "outsiders">,
  caFile?: string,
): Promise<void> {
  const { access, problems } = readNatsAccess({
    NATS_URL: url,
    NATS_NKEY_SEED_FILE: users.seedFile(operator),
    NATS_TLS_CA_FILE: caFile,
  });
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const { connection, jsm } = await connectNats(access, operator, createLogger(operator, "error"));
  try {
    const { consumers } = jsm;
    const wanted = users.outsiders
      .filter(({ follows }) => follows.length > 0)
      .map(({ name, follows }) => followerConsumer(name, follows));
    const names = new Set(wanted.map(({ config }) => config.durable_name));
    const there: string[] = [];
    for await (const { name } of consumers.list("EVENTS")) {
      if (name.startsWith(followerPrefix)) there.push(name);
      if (there.length >= consumersMax) break;
    }
    for (const { stream, config } of wanted) {
      const isThere = there.includes(config.durable_name);
      if (isThere) await consumers.update(stream, config.durable_name, config);
      else await consumers.add(stream, config);
    }
    for (const gone of there.filter((name) => !names.has(name))) await consumers.delete("EVENTS", gone);
  } finally {
    await connection.close();
  }
}
