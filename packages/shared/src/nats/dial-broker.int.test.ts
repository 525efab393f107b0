import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeTestAuthority } from "@millrace/infra/testing/test-certificates";
import {
  type GuardedNats,
  startGuardedNats,
  startTestNats,
  type TestNats,
} from "@millrace/infra/testing/test-nats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../testing/silent-logger.ts";
import { BrokerTlsError } from "./broker-refusals.ts";
import { connectNats } from "./connect-nats.ts";
import type { NatsEnv } from "./nats-env.ts";
import { readNatsAccess } from "./read-nats-access.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-tls-"));
const at = (name: string): string => join(folder, name);

let secure: GuardedNats;
let mutual: GuardedNats;
let elsewhere: GuardedNats;
let plain: TestNats;

beforeAll(async () => {
  const [ours, theirs] = [await makeTestAuthority(folder, "ours"), await makeTestAuthority(folder, "theirs")];
  await ours.sign("server", { ip: "127.0.0.1" });
  await ours.sign("other", { dns: "nats.example.com" });
  await ours.sign("client", { dns: "client" });
  await theirs.sign("stranger", { dns: "stranger" });
  const own = { cert: at("server.pem"), key: at("server.key") };
  [secure, mutual, elsewhere, plain] = await Promise.all([
    startGuardedNats({ tls: own }),
    startGuardedNats({ tls: { ...own, clientCa: at("ours.pem") } }),
    startGuardedNats({ tls: { cert: at("other.pem"), key: at("other.key") } }),
    startTestNats(),
  ]);
});
afterAll(async () => {
  await Promise.all([secure, mutual, elsewhere, plain].map((server) => server?.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const ca = { NATS_TLS_CA_FILE: at("ours.pem") };
const certificate = (name: string) => ({
  NATS_TLS_CERT_FILE: at(`${name}.pem`),
  NATS_TLS_KEY_FILE: at(`${name}.key`),
});

async function come(env: NatsEnv): Promise<{ readonly isEncrypted: boolean }> {
  const { access, problems } = readNatsAccess(env);
  expect(problems).toEqual([]);
  const { connection } = await connectNats(access, "operator", silentLogger);
  try {
    return { isEncrypted: connection.info?.tls_required === true };
  } finally {
    await connection.close();
  }
}

const comeTo = (server: GuardedNats, env: NatsEnv) =>
  come({ NATS_URL: server.url, NATS_NKEY_SEED_FILE: server.users.seedFile("operator"), ...env });

describe("a broker with TLS", () => {
  it("is talked to when its certificate is signed by whom we were told", async () => {
    expect(await comeTo(secure, ca)).toEqual({ isEncrypted: true });
    expect(await comeTo(mutual, { ...ca, ...certificate("client") })).toEqual({ isEncrypted: true });
  });

  it("whose certificate somebody else signed is not, and the error says what to set", async () => {
    const came = comeTo(secure, { NATS_TLS_CA_FILE: at("theirs.pem") });
    await expect(came).rejects.toThrow(BrokerTlsError);
    await expect(came).rejects.toThrow(/signed by nobody we know. Set NATS_TLS_CA_FILE/);
    await expect(comeTo(secure, {})).rejects.toThrow(/Set NATS_TLS_CA_FILE/);
  });

  it("is not talked to in plain text, whatever the address says", async () => {
    const url = secure.url.replace("tls://", "nats://");
    await expect(comeTo(secure, { NATS_URL: url })).rejects.toThrow(BrokerTlsError);
    expect(await comeTo(secure, { NATS_URL: url, ...ca })).toEqual({ isEncrypted: true });
  });

  it("does not answer whoever sends a seed's proof in plain text", async () => {
    const { port } = new URL(secure.url);
    const said = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(Number(port), "127.0.0.1", () => {
        socket.write('CONNECT {"verbose":false}\r\nPING\r\n');
      });
      socket.on("data", (data) => {
        text += data.toString();
      });
      socket.on("close", () => resolve(text));
      socket.on("error", () => {});
    });
    expect(said).not.toContain("PONG");
  });

  it("whose certificate is for another name is not, and the error says so", async () => {
    await expect(comeTo(elsewhere, ca)).rejects.toThrow(/is for another name.*127\.0\.0\.1/s);
  });

  it("that wants a certificate of ours says so", async () => {
    const came = comeTo(mutual, ca);
    await expect(came).rejects.toThrow(BrokerTlsError);
    await expect(came).rejects.toThrow(/wants a certificate of its clients. Set NATS_TLS_CERT_FILE/);
  });

  it("that does not trust our certificate says so", async () => {
    await expect(comeTo(mutual, { ...ca, ...certificate("stranger") })).rejects.toThrow(
      /ended the handshake.*NATS_TLS_CERT_FILE/,
    );
  });

  it("is not reached with a certificate and the key of another one", async () => {
    const pair = { NATS_TLS_CERT_FILE: at("client.pem"), NATS_TLS_KEY_FILE: at("server.key") };
    await expect(comeTo(mutual, { ...ca, ...pair })).rejects.toThrow(/do not belong together/);
  });
});

describe("a broker without TLS", () => {
  it.each([
    ["the address says tls://", { isUrl: true }],
    ["there is a NATS_TLS_CA_FILE", { isUrl: false }],
  ])("is not talked to when %s: nobody can take the TLS away", async (_, { isUrl }) => {
    const NATS_URL = isUrl ? plain.url.replace("nats://", "tls://") : plain.url;
    const came = come({ NATS_URL, ...(isUrl ? {} : ca) });
    await expect(came).rejects.toThrow(BrokerTlsError);
    await expect(came).rejects.toThrow(/speaks plain text, and the configuration wants TLS/);
  });

  it("is talked to when nothing says otherwise", async () => {
    expect(await come({ NATS_URL: plain.url })).toEqual({ isEncrypted: false });
  });
});

describe("a broker that is away", () => {
  it("is waited for", async () => {
    await plain.kill();
    const came = come({ NATS_URL: plain.url });
    await plain.restart();
    expect(await came).toEqual({ isEncrypted: false });
  });
});
