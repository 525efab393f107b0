import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type GuardedNats, startGuardedNats } from "@millrace/infra/testing/test-nats";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLogger } from "../testing/silent-logger.ts";
import { MissingPermissionError, UserRefusedError } from "./broker-refusals.ts";
import { connectNats, drainNats, type Nats } from "./connect-nats.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { BrokerRefusesError, pingBroker } from "./ping-broker.ts";
import { readNatsAccess } from "./read-nats-access.ts";
import { type ServiceName, serviceNames, serviceRights } from "./service-rights.ts";

const size = { replicas: 1, logMebibytes: 64, claimMs: 30_000 };
const patienceMs = 10_000;

let server: GuardedNats;
const open: Nats[] = [];

beforeEach(async () => {
  server = await startGuardedNats({ outsiders: [{ name: "shop", asks: ["shop"], follows: [] }] });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ connection }) => connection.close()));
  await server?.stop();
});

async function comeAs(service: ServiceName, seedOf: string = service, log = silentLogger): Promise<Nats> {
  const file = server.users.seedFile(seedOf);
  const { access } = readNatsAccess({ NATS_URL: server.url, NATS_NKEY_SEED_FILE: file });
  const nats = await connectNats(access, service, log, size, serviceRights[service]);
  open.push(nats);
  return nats;
}

/** Changes the accounts as somebody would by hand. */
async function edit(change: (accounts: string) => string): Promise<void> {
  const file = server.users.accountsFile;
  const before = readFileSync(file, "utf8");
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(file, after);
  await server.reload();
}

const without = (subject: string, user: string) => (accounts: string) => {
  const [head = "", tail = ""] = accounts.split(`# ${user}\n`);
  return `${head}# ${user}\n${tail.replace(`          ${JSON.stringify(subject)}\n`, "")}`;
};

const soon = <T>(promise: Promise<T>): Promise<T | "nothing"> =>
  Promise.race([promise, sleep(patienceMs, "nothing" as const, { ref: false })]);

describe("at its start a service", () => {
  it.each(serviceNames)(
    "%s may do all that it will do, with the configuration as it is shipped",
    async (name) => {
      const nats = await comeAs(name);
      expect(await nats.standing.check()).toBe(true);
      await ensureTopology(nats); // whoever comes first makes what is missing
      expect(nats.standing.refusal()).toBeNull();
    },
  );

  it("learns that it is not limited at all", async () => {
    expect(await (await comeAs("chunker", "operator")).standing.check()).toBe(false);
  });

  it("is told which permissions it lacks when it comes as another service", async () => {
    const nats = await comeAs("chunker", "fetcher");
    const checked = nats.standing.check();
    await expect(checked).rejects.toThrow(MissingPermissionError);
    await expect(checked).rejects.toThrow(/subscribe to "_INBOX_chunker\.>"/);
  });

  it("is told what it lacks when one permission was taken from it, by name", async () => {
    await edit(without("evt.*.*.page.*.*", "chunker"));
    const nats = await comeAs("chunker");
    await expect(nats.standing.check()).rejects.toThrow(
      /^The NATS user of chunker \(U[A-Z2-7]{55} of account MILLRACE\) lacks 1 permission\(s\):\n {2}- publish to "evt\.\*\.\*\.page\.\*\.\*": allow it\n/,
    );
  });

  it("is told so when it may not even ask", async () => {
    await edit(without("$SYS.REQ.USER.INFO", "chunker"));
    const nats = await comeAs("chunker");
    await expect(nats.standing.check()).rejects.toThrow(/publish to "\$SYS\.REQ\.USER\.INFO": allow it/);
  });

  it("is told what is denied of what it needs", async () => {
    await edit((accounts) =>
      accounts.replace(
        /(# fetcher\n[\s\S]*?publish: \{ allow: \[[\s\S]*?\])( \})/,
        '$1, deny: [ "work.live.shop.>" ]$2',
      ),
    );
    const nats = await comeAs("fetcher");
    await expect(nats.standing.check()).rejects.toThrow(
      /publish to "work\.live\.\*\.\*\.\*": "work\.live\.shop\.\*\.\*" of it is denied/,
    );
  });

  it("comes as a publisher and is told that it is not one of Millrace's", async () => {
    const nats = await comeAs("fetcher", "shop");
    await expect(nats.standing.check()).rejects.toThrow(MissingPermissionError);
  });
});

describe("a running service", () => {
  it("whose permission is taken away says so, is not healthy, and learns that it has to go", async () => {
    const lines: string[] = [];
    const log = pino({ level: "info" }, { write: (line: string) => lines.push(line) });
    const nats = await comeAs("sync-api", "sync-api", log);
    await ensureTopology(nats);
    await pingBroker(nats);
    await edit(without("evt.*.*.sync", "sync-api"));
    await expect(nats.js.publish("evt.shop.acc_1.sync", "{}")).rejects.toThrow(/Permissions Violation/);
    await expect(pingBroker(nats)).rejects.toThrow(BrokerRefusesError);
    const why = await soon(nats.standing.lost);
    expect(why).toBeInstanceOf(MissingPermissionError);
    expect(String(why)).toContain('publish to "evt.*.*.sync": allow it');
    const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(said).toContainEqual(
      expect.objectContaining({
        level: 50,
        event: "nats.refused",
        operation: "publish",
        subject: "evt.shop.acc_1.sync",
      }),
    );
  });

  it("that does something which nobody foresaw is not healthy, and goes on", async () => {
    const nats = await comeAs("sync-api");
    await ensureTopology(nats);
    nats.connection.publish("evt.shop.acc_1.page.syn_1.0", "{}");
    await expect.poll(() => nats.standing.refusal(), { timeout: patienceMs }).not.toBeNull();
    await expect(pingBroker(nats)).rejects.toThrow(/publish to evt\.shop\.acc_1\.page\.syn_1\.0/);
    expect(await Promise.race([nats.standing.lost, sleep(500, "goes on")])).toBe("goes on");
  });

  it("whose user is removed learns that it has to go", async () => {
    const nats = await comeAs("fetcher");
    await edit((accounts) => accounts.replace(/# fetcher\n[\s\S]*?\n {6}\} \}\n/, ""));
    expect(await soon(nats.standing.lost)).toBeInstanceOf(UserRefusedError);
  });

  it("that finds the broker again with another configuration learns that it has to go", async () => {
    const nats = await comeAs("janitor");
    const file = server.users.accountsFile;
    writeFileSync(file, without("sync.requests.*.*", "janitor")(readFileSync(file, "utf8")));
    await server.restart();
    expect(await soon(nats.standing.lost)).toBeInstanceOf(MissingPermissionError);
  });

  it("stays through a restart of the broker, and goes in order", async () => {
    const nats = await comeAs("janitor");
    await server.restart();
    await expect.poll(() => nats.standing.check().catch(() => null), { timeout: patienceMs }).toBe(true);
    expect(await Promise.race([nats.standing.lost, sleep(300, "stays")])).toBe("stays");
    await drainNats(nats.connection);
    expect(nats.connection.isClosed()).toBe(true);
  });
});

describe("streams", () => {
  it("are changed by the janitor, and by no other service", async () => {
    const [fetcher, janitor] = [await comeAs("fetcher"), await comeAs("janitor")];
    await ensureTopology(janitor);
    const larger = { ...size, logMebibytes: 128 };
    await expect(ensureTopology({ ...fetcher, size: larger })).rejects.toThrow(
      /EVENTS: "max_bytes" should be 134217728.*brought up to date by the janitor/s,
    );
    await ensureTopology({ ...janitor, size: larger });
    await ensureTopology({ ...fetcher, size: larger });
  });
});
