import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserRefusedError } from "@millrace/shared/nats/broker-refusals";
import { connectNats } from "@millrace/shared/nats/connect-nats";
import { ensureTopology } from "@millrace/shared/nats/ensure-topology";
import { readNatsAccess } from "@millrace/shared/nats/read-nats-access";
import { createLogger } from "@millrace/shared/runtime/create-logger";
import { nkeys } from "@nats-io/transport-node";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { freePort } from "./process/free-port.ts";
import { readLogFrom } from "./process/read-log.ts";
import { startServerProcess } from "./process/server-process.ts";
import { waitFor } from "./process/wait-for.ts";
import type {} from "./testing/test-backends.ts";
import { makeTestAuthority } from "./testing/test-certificates.ts";

const main = fileURLToPath(new URL("./nats-users.ts", import.meta.url));
const users = ["sync-api", "chunker", "fetcher", "janitor", "operator"];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-users-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]): {
  readonly code: number | null;
  readonly out: string;
  readonly said: string;
} {
  const env = { ...process.env, INIT_CWD: folder };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: "utf8", env });
  return { code: status, out: stdout, said: stderr };
}

const read = (name: string): string => readFileSync(join(folder, "users", name), "utf8");
const seedOf = (user: string): string => read(`seeds/${user}.nk`).trim();

describe("npm run nats-users", () => {
  it("makes a seed for each user that only its owner can read, and says where they are", () => {
    const { code, out } = run("users", "--publisher", "shop=acme,beta");
    expect(code).toBe(0);
    for (const user of [...users, "shop"]) {
      const file = join(folder, "users/seeds", `${user}.nk`);
      expect(out).toContain(file);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(seedOf(user)).toMatch(/^SU[A-Z2-7]{56}$/);
    }
    expect(statSync(join(folder, "users/seeds")).mode & 0o777).toBe(0o700);
    for (const name of ["", "accounts.conf"])
      expect(statSync(join(folder, "users", name)).mode & 0o044).toBe(0o044);
    expect(new Set([...users, "shop"].map(seedOf)).size).toBe(6);
  });

  it("writes accounts that hold no seed, and of a publisher its tenants' request subjects only", () => {
    run("users", "--publisher", "shop=acme,beta");
    const accounts = read("accounts.conf");
    for (const user of [...users, "shop"]) expect(accounts).not.toContain(seedOf(user));
    expect(accounts).not.toMatch(/\bSU[A-Z2-7]{20}/);
    const [, outside = ""] = accounts.split("OUTSIDE {");
    expect([...outside.matchAll(/^ {10}"(.*)"$/gm)].map(([, subject]) => subject)).toEqual([
      "sync.requests.acme.*",
      "sync.requests.beta.*",
      "_INBOX_shop.>",
    ]);
  });

  it("keeps seeds, publishers and a changed server configuration; changes and removes publishers", () => {
    run("users", "--publisher", "shop=acme", "--publisher", "crm=beta");
    const before = [...users, "shop", "crm"].map(seedOf);
    writeFileSync(join(folder, "users/nats-server.conf"), "# mine\n");
    run("users", "--publisher", "shop=gamma", "--remove", "crm");
    expect([...users, "shop", "crm"].map(seedOf)).toEqual(before);
    expect(read("nats-server.conf")).toBe("# mine\n");
    const accounts = read("accounts.conf");
    expect(accounts).toContain('"sync.requests.gamma.*"');
    expect(accounts).not.toMatch(/acme|beta|crm/);
  });

  it("lets seeds be moved away, and makes another one only when it is asked to", () => {
    run("users", "--publisher", "shop=acme");
    const keys = () => JSON.parse(read("public-keys.json")) as Record<string, string>;
    const before = keys();
    rmSync(join(folder, "users/seeds"), { recursive: true });
    run("users");
    expect(keys()).toEqual(before);
    run("users", "--renew", "shop");
    expect(keys()).toEqual({ ...before, shop: expect.not.stringContaining(before.shop ?? "") });
    expect(nkeys.fromSeed(Buffer.from(seedOf("shop"))).getPublicKey()).toBe(keys().shop);
    expect(read("accounts.conf")).not.toContain(before.shop);
    expect(run("users", "--renew", "nobody")).toMatchObject({
      code: 2,
      said: expect.stringContaining("nobody"),
    });
  });

  it("does not take what is no publisher, says why, and changes nothing", () => {
    run("users");
    const before = read("accounts.conf");
    expect(run("users", "--publisher", "shop=*")).toMatchObject({
      code: 2,
      said: expect.stringMatching(/^Other service 0\.asks\.0: must be/),
    });
    expect(run("users", "--follower", "shop=")).toMatchObject({
      code: 2,
      said: expect.stringContaining("which tenants?"),
    });
    expect(read("accounts.conf")).toBe(before);
  });

  it("gives a configuration with which a server starts, over TLS and for its users only", async () => {
    run("users");
    const authority = await makeTestAuthority(folder, "authority");
    const { cert, key } = await authority.sign("server", { ip: "127.0.0.1" });
    const port = await freePort();
    const logFile = join(folder, "nats.log");
    const server = await startServerProcess({
      command: inject("millraceTestBackends").natsServerFile,
      args: [
        "--config",
        join(folder, "users/nats-server.conf"),
        "--addr",
        "127.0.0.1",
        "--port",
        String(port),
      ],
      env: {
        NATS_STORE_DIR: join(folder, "store"),
        NATS_TLS_CERT: cert,
        NATS_TLS_KEY: key,
      },
      logFile,
    });
    try {
      await waitFor(() => (readLogFrom(logFile, 0).includes("Server is ready") ? true : undefined), {
        timeoutMs: 20_000,
      });
      const way = { NATS_URL: `tls://127.0.0.1:${port}`, NATS_TLS_CA_FILE: authority.cert };
      const log = createLogger("test", "silent");
      const seed = { NATS_NKEY_SEED_FILE: join(folder, "users/seeds/operator.nk") };
      const { connection } = await connectNats(readNatsAccess({ ...way, ...seed }).access, "operator", log);
      expect(connection.info).toMatchObject({ tls_required: true, auth_required: true, jetstream: true });
      await connection.close();
      await expect(connectNats(readNatsAccess(way).access, "nobody", log)).rejects.toThrow(UserRefusedError);
    } finally {
      await server.stop("SIGTERM", 5_000);
    }
  });

  it("gives a configuration with which three servers become a cluster, over TLS between them as well", async () => {
    run("users", "--cluster");
    const authority = await makeTestAuthority(folder, "authority");
    const names = ["n1", "n2", "n3"];
    const ports = await Promise.all(names.map(() => Promise.all([freePort(), freePort(), freePort()])));
    const servers = await Promise.all(
      names.map(async (name, at) => {
        const { cert, key } = await authority.sign(name, { ip: "127.0.0.1" });
        const [client, cluster, monitor] = ports[at] as [number, number, number];
        const others = ports
          .filter((_, other) => other !== at)
          .map(([, port]) => `nats-route://127.0.0.1:${port}`);
        return startServerProcess({
          command: inject("millraceTestBackends").natsServerFile,
          args: ["--config", join(folder, "users/nats-server.conf")],
          env: {
            NATS_SERVER_NAME: name,
            NATS_STORE_DIR: join(folder, name),
            NATS_TLS_CERT: cert,
            NATS_TLS_KEY: key,
            NATS_CLIENT_LISTEN: `127.0.0.1:${client}`,
            NATS_CLUSTER_LISTEN: `127.0.0.1:${cluster}`,
            NATS_CLUSTER_ADVERTISE: `127.0.0.1:${cluster}`,
            NATS_ROUTES: JSON.stringify(others),
            NATS_CLUSTER_TLS_CERT: cert,
            NATS_CLUSTER_TLS_KEY: key,
            NATS_CLUSTER_TLS_CA: authority.cert,
            NATS_MONITOR_LISTEN: `127.0.0.1:${monitor}`,
          },
          logFile: join(folder, `${name}.log`),
        });
      }),
    );
    try {
      const way = {
        NATS_URL: ports.map(([client]) => `tls://127.0.0.1:${client}`).join(","),
        NATS_TLS_CA_FILE: authority.cert,
        NATS_NKEY_SEED_FILE: join(folder, "users/seeds/operator.nk"),
      };
      const size = { replicas: 3, logMebibytes: 64, claimMs: 30_000 };
      const log = createLogger("test", "silent");
      const nats = await connectNats(readNatsAccess(way).access, "operator", log, size);
      expect(nats.connection.info).toMatchObject({
        tls_required: true,
        auth_required: true,
        cluster: "millrace",
      });
      await expect
        .poll(() => ensureTopology(nats).then(() => "made", String), { timeout: 40_000, interval: 500 })
        .toBe("made");
      expect((await nats.jsm.streams.info("EVENTS")).config.num_replicas).toBe(3);
      await nats.connection.close();
    } finally {
      await Promise.all(servers.map((server) => server.stop("SIGTERM", 5_000)));
    }
  });

  it("says what it takes when it is asked, and when it is not told where", () => {
    expect(run("--help")).toMatchObject({
      code: 0,
      out: expect.stringContaining("usage: npm run nats-users"),
    });
    expect(run()).toMatchObject({ code: 2, said: expect.stringContaining("usage: npm run nats-users") });
  });
});
