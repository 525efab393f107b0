import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ServiceUrls } from "@millrace/infra/postgres/database-users";
import { type PriceList, priceLists } from "@millrace/shared/providers/gmail/price-lists";
import { type Upstream, upstreams } from "../plan/fault-kinds.ts";
import { type CopyPlan, plannedCopies } from "../plan/fleet-shape.ts";
import type { Broker } from "./broker.ts";
import type { ChaosFolder } from "./chaos-folder.ts";
import { checkout } from "./checkout.ts";
import type { PostgresStore } from "./postgres-store.ts";
import { reservePort } from "./reserve-port.ts";
import type { RunNotes } from "./run-notes.ts";
import { ServiceCopy } from "./service-copy.ts";
import { startTcpProxy } from "./tcp-proxy.ts";
import type { CopyLink } from "./world.ts";

export interface Fleet {
  readonly copies: ReadonlyMap<string, ServiceCopy>;
  readonly links: readonly CopyLink[];
  readonly apiUrls: readonly string[];
}

interface Surroundings {
  readonly folder: ChaosFolder;
  readonly postgres: PostgresStore;
  readonly serviceUrls: ServiceUrls;
  readonly nats: Broker;
  readonly gmailPort: number;
  readonly notes: RunNotes;
}

const readyMs = 60_000;

/** Short times, so that minutes are enough to recover from what takes an hour in production. */
const hasty: Readonly<Record<string, string>> = {
  CLAIM_SECONDS: "5",
  RETRY_CAP_SECONDS: "5",
  RECONCILE_SECONDS: "3",
  RECONCILE_IDLE_SECONDS: "4",
  NATS_LOG_MIB: "256",
};

const ampleQuota: PriceList = {
  ...priceLists["gmail-2026"],
  unitsPerMinuteAccount: 600_000,
  unitsPerMinuteProject: 12_000_000,
  unitsPerDay: null,
};

/** Starts every copy of every service, each with its own ways to the three servers, and waits until all are ready. */
export async function startFleet(surroundings: Surroundings): Promise<Fleet> {
  const { folder, postgres, serviceUrls, nats, gmailPort, notes } = surroundings;
  /** Of each server of an upstream; Postgres' is where its primary is. */
  const ports: Readonly<Record<Upstream, readonly (() => number)[]>> = {
    nats: nats.ports.map((port) => () => port),
    postgres: [() => postgres.port],
    gmail: [() => gmailPort],
  };
  const sealingKey = `chaos:${randomBytes(32).toString("base64")}`;
  // Budgets are kept and shared, throttles are learnt from, and nobody has to wait long.
  const priceList = join(folder.path, "price-list.json");
  writeFileSync(priceList, JSON.stringify(ampleQuota));
  const links: CopyLink[] = [];
  const copies = new Map<string, ServiceCopy>();
  const apiUrls: string[] = [];

  const linksOf = (copy: string, upstream: Upstream): Promise<number[]> =>
    Promise.all(
      ports[upstream].map(async (port, server) => {
        const proxy = await startTcpProxy(await reservePort(), port);
        links.push({ copy, upstream, server, proxy });
        return proxy.port;
      }),
    );

  const envOf = async ({ name, service }: CopyPlan): Promise<NodeJS.ProcessEnv> => {
    const [natsPorts = [], [postgresPort] = [], [mailPort] = []] = await Promise.all(
      upstreams.map((upstream) => linksOf(name, upstream)),
    );
    const apiPort = service === "sync-api" ? await reservePort() : null;
    if (apiPort !== null) apiUrls.push(`http://127.0.0.1:${apiPort}`);
    return {
      PATH: process.env.PATH,
      ...hasty,
      NATS_URL: natsPorts.map((port) => `nats://127.0.0.1:${port}`).join(","),
      NATS_REPLICAS: String(natsPorts.length),
      NATS_NKEY_SEED_FILE: nats.users.seedFile(service),
      DATABASE_URL: Object.assign(new URL(serviceUrls[service]), { port: postgresPort }).href,
      GMAIL_ROOT_URL: `http://127.0.0.1:${mailPort}/`,
      GOOGLE_TOKEN_URL: `http://127.0.0.1:${mailPort}/token`,
      GMAIL_QUOTA: priceList,
      GOOGLE_CLIENT_ID: "chaos-client",
      GOOGLE_CLIENT_SECRET: "chaos-secret",
      MILLRACE_ENCRYPTION_KEYS: sealingKey,
      BLOB_STORE_DIR: join(folder.path, "blobs"),
      ...(apiPort === null ? {} : { PORT: String(apiPort) }),
    };
  };

  for (const plan of plannedCopies) {
    const copy = new ServiceCopy({
      ...plan,
      entry: join(checkout, "services", plan.service, "src/main.ts"),
      env: await envOf(plan),
      logFile: join(folder.logs, `${plan.name}.log`),
      onSpawn: (process) => folder.guard(process),
      onUnexpectedExit: ({ name }, { code, signal }) =>
        notes.fault(notes.unexpectedExits, `${name} ended by itself (${signal ?? `code ${code}`})`),
    });
    copies.set(plan.name, copy);
    await copy.start();
  }
  for (const copy of copies.values()) {
    if (!(await copy.isReady(readyMs)))
      throw new Error(`${copy.name} was not ready in time, see ${copy.logFile}`);
  }
  return { copies, links, apiUrls };
}
