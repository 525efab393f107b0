import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inboxPrefix } from "@millrace/shared/nats/permissions";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection, nkeyAuthenticator } from "@nats-io/transport-node";
import { MailboxBook } from "../load/mailbox-book.ts";
import { SyncRegister } from "../load/sync-register.ts";
import type { MailboxPlan } from "../plan/plan-mailboxes.ts";
import { AppendTimes } from "../watch/append-times.ts";
import { ApiClient } from "./api-client.ts";
import { asker, type Broker } from "./broker.ts";
import { readCapabilities } from "./capabilities.ts";
import type { ChaosFolder } from "./chaos-folder.ts";
import { checkout } from "./checkout.ts";
import { Database } from "./database.ts";
import { PostgresStore } from "./postgres-store.ts";
import { databaseName, prepareDatabase } from "./prepare-database.ts";
import type { RunNotes } from "./run-notes.ts";
import { startBroker } from "./start-broker.ts";
import { startFleet } from "./start-fleet.ts";
import { startSimulator } from "./start-simulator.ts";
import type { Account, World } from "./world.ts";

/** Undoes what was done, the last first. */
export type CleanUps = (() => Promise<void> | void)[];

export interface WorldOptions {
  readonly seed: number;
  /** Servers that the broker is made of. With several, Postgres has a standby. */
  readonly nodes: number;
  readonly mailboxes: readonly MailboxPlan[];
  readonly folder: ChaosFolder;
  readonly notes: RunNotes;
  /** Told when the run cannot go on: the simulator, which is the truth, has died. */
  readonly onFatal: (reason: Error) => void;
}

/**
 * Starts the servers, the simulator and the fleet, and connects every mailbox.
 *
 * @param cleanUps is told how to stop each part the moment it runs, also when a later one fails
 */
export async function startWorld(options: WorldOptions, cleanUps: CleanUps): Promise<World> {
  const { seed, nodes, mailboxes, folder, notes, onFatal } = options;
  const postgres = await PostgresStore.start(folder);
  cleanUps.push(() => postgres.stop());
  const tenantIds = new Set(mailboxes.map(({ tenantId }) => tenantId));
  const nats = await startBroker(folder, nodes, tenantIds, (line) => notes.say(line));
  cleanUps.push(() => nats.stop());
  const simulator = await startSimulator(seed, folder);
  let isStopping = false;
  cleanUps.push(async () => {
    isStopping = true;
    await simulator.process.stop("SIGTERM", 3_000);
  });
  void simulator.process.exited.then(() => {
    if (!isStopping) onFatal(new Error(`The Gmail simulator died, see ${simulator.process.logFile}`));
  });

  const { keys, serviceUrls } = await prepareDatabase(postgres, folder);
  const database = new Database(postgres.url(databaseName));
  cleanUps.push(() => database.close());
  const [connection, asking] = await Promise.all([connectAs(nats, "operator"), connectAs(nats, asker)]);
  cleanUps.push(async () => void (await Promise.all([connection.close(), asking.close()])));

  if (nodes > 1) await postgres.attachStandby();
  const fleet = await startFleet({ folder, postgres, serviceUrls, nats, gmailPort: simulator.port, notes });
  cleanUps.push(async () => {
    await Promise.all([...fleet.copies.values()].map((copy) => copy.kill()));
    await Promise.all(fleet.links.map(({ proxy }) => proxy.close()));
  });

  const accounts: Account[] = [];
  for (const mailbox of mailboxes) {
    const { email, messages, tenantId } = mailbox;
    await simulator.control.createMailbox({ email, generate: messages });
    const api = new ApiClient(fleet.apiUrls, keys.get(tenantId) ?? "");
    const accountId = await connectAccount(api, mailbox);
    accounts.push({ ...mailbox, accountId, api, book: await MailboxBook.open(email, simulator.control) });
  }
  const openapi: unknown = await (await fetch(`${fleet.apiUrls[0]}/openapi.json`)).json();
  const jsm = await jetstreamManager(connection, { timeout: 3_000 });
  return {
    seed,
    logs: folder.logs,
    postgres,
    nats,
    disks: { nats: folder.natsDisk, postgres: folder.postgresDisk },
    simulator: simulator.control,
    copies: fleet.copies,
    links: fleet.links,
    accounts,
    capabilities: readCapabilities(openapi, readUsage()),
    database,
    jetstream: {
      js: jetstream(connection, { timeout: 3_000 }),
      jsm,
    },
    asker: jetstream(asking, { timeout: 3_000 }),
    register: new SyncRegister(),
    appends: new AppendTimes(jetstream(connection, { timeout: 3_000 }), jsm),
    notes,
    badMessages: new Set(),
    guard: folder.guard,
  };
}

async function connectAccount(api: ApiClient, { email, content }: MailboxPlan): Promise<string> {
  const { status, body } = await api.call({
    method: "POST",
    path: "/v1/accounts",
    body: { provider: "gmail", email, content, credentials: { refreshToken: `sim-refresh-${email}` } },
  });
  if (status !== 201) throw new Error(`Connecting ${email} answered ${status}: ${JSON.stringify(body)}`);
  return String(body.id);
}

function connectAs(nats: Broker, user: string): Promise<NatsConnection> {
  return connect({
    servers: nats.ownPorts.map((port) => `127.0.0.1:${port}`),
    pingInterval: 3_000,
    authenticator: nkeyAuthenticator(Buffer.from(readFileSync(nats.users.seedFile(user), "utf8").trim())),
    inboxPrefix: inboxPrefix(user),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    ignoreAuthErrorAbort: true, // a broker that is frozen in the middle of a handshake looks like one that refuses
  });
}

/** The command line's own words about itself. */
function readUsage(): string {
  const main = join(checkout, "packages/cli/src/main.ts");
  return spawnSync(process.execPath, [main, "--help"], { encoding: "utf8" }).stdout;
}
