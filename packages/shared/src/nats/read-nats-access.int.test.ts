import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nkeys } from "@nats-io/transport-node";
import { afterAll, describe, expect, it } from "vitest";
import { readNatsAccess } from "./read-nats-access.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-access-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const makeSeed = (): string => Buffer.from(nkeys.createUser().getSeed()).toString();
const seed = makeSeed();
const seedFile = file("user.nk", `${seed}\n`);
const pem = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
const url = { NATS_URL: "nats://127.0.0.1:4222" };

/** What is sent to a server that greets with a nonce. */
const sent = (env: Parameters<typeof readNatsAccess>[0]) =>
  readNatsAccess(env).access.authenticator?.("nonce");

describe("the way to the broker", () => {
  it("is one address or several, without TLS and without a user", () => {
    const { access, problems } = readNatsAccess({
      NATS_URL: "nats://a:4222, b.example.com,nats://[::1]:4223",
    });
    expect({ access, problems }).toEqual({
      access: { servers: ["a:4222", "b.example.com", "[::1]:4223"], authenticator: null, tls: null },
      problems: [],
    });
  });

  it("has TLS when an address says so, or a file is given", () => {
    expect(readNatsAccess({ NATS_URL: "nats://a,tls://b" }).access.tls).toEqual({});
    const caFile = file("ca.pem", pem);
    expect(readNatsAccess({ ...url, NATS_TLS_CA_FILE: caFile }).access.tls).toEqual({ caFile });
    const certFile = file("cert.pem", pem);
    const keyFile = file("key.pem", pem);
    const env = { ...url, NATS_TLS_CERT_FILE: certFile, NATS_TLS_KEY_FILE: keyFile };
    expect(readNatsAccess(env).access.tls).toEqual({ certFile, keyFile });
  });

  it("takes a password out of an address, whose parts are percent-encoded", () => {
    const env = { NATS_URL: "nats://ann:p%40ss:4222@127.0.0.1:4223" };
    expect(readNatsAccess(env).access.servers).toEqual(["127.0.0.1:4223"]);
    expect(sent(env)).toEqual({ user: "ann", pass: "p@ss:4222" });
  });

  it("is a seed that never leaves: what is sent is the public key and what was signed", () => {
    const proof = sent({ ...url, NATS_NKEY_SEED_FILE: seedFile }) as { nkey: string; sig: string };
    const publicKey = nkeys.fromSeed(Buffer.from(seed)).getPublicKey();
    expect(proof.nkey).toBe(publicKey);
    const signature = Buffer.from(proof.sig, "base64");
    expect(nkeys.fromPublic(publicKey).verify(Buffer.from("nonce"), signature)).toBe(true);
    expect(JSON.stringify(proof)).not.toContain(seed);
  });

  it("is a password out of a variable or a file, without the line's end", () => {
    expect(sent({ ...url, NATS_USER: "ann", NATS_PASSWORD: "secret" })).toEqual({
      user: "ann",
      pass: "secret",
    });
    const passwordFile = file("password", "from a file\n");
    expect(sent({ ...url, NATS_USER: "ann", NATS_PASSWORD_FILE: passwordFile })).toEqual({
      user: "ann",
      pass: "from a file",
    });
  });

  it("is a JWT with its seed", () => {
    const creds = `-----BEGIN NATS USER JWT-----\njwt.of.ann\n------END NATS USER JWT------\n
-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;
    expect(sent({ ...url, NATS_CREDS_FILE: file("ann.creds", creds) })).toMatchObject({ jwt: "jwt.of.ann" });
  });

  it("takes a seed that was replaced meanwhile, and keeps the last one while there is none", () => {
    const path = file("turning.nk", seed);
    const { authenticator } = readNatsAccess({ ...url, NATS_NKEY_SEED_FILE: path }).access;
    const keyOf = () => (authenticator?.("nonce") as { nkey: string } | undefined)?.nkey;
    const next = makeSeed();
    writeFileSync(path, next);
    const expected = nkeys.fromSeed(Buffer.from(next)).getPublicKey();
    expect(keyOf()).toBe(expected);
    writeFileSync(path, "");
    expect(keyOf()).toBe(expected);
    rmSync(path);
    expect(keyOf()).toBe(expected);
  });

  it("has its problems named all at once, and no value repeated", () => {
    const { problems } = readNatsAccess({
      NATS_URL: "http://hunter2:4222",
      NATS_NKEY_SEED_FILE: file("hunter3", "hunter4"),
      NATS_CREDS_FILE: join(folder, "hunter5"),
      NATS_PASSWORD: "hunter6",
      NATS_TLS_CERT_FILE: file("hunter7", "hunter8"),
    });
    const said = problems.join("\n");
    for (const name of ["NATS_URL", "NATS_NKEY_SEED_FILE, NATS_CREDS_FILE", "NATS_USER", "NATS_TLS_KEY_FILE"])
      expect(said).toContain(name);
    expect(said).toMatch(/NATS_NKEY_SEED_FILE: the file must hold a user's seed/);
    expect(said).toMatch(/NATS_TLS_CERT_FILE: the file must hold PEM/);
    expect(said).not.toContain("hunter");
  });

  it.each([
    ["a user without a password", { NATS_USER: "ann" }, /NATS_PASSWORD or NATS_PASSWORD_FILE/],
    [
      "two passwords",
      { NATS_USER: "ann", NATS_PASSWORD: "a", NATS_PASSWORD_FILE: seedFile },
      /NATS_PASSWORD or NATS_PASSWORD_FILE/,
    ],
    ["a file that is not there", { NATS_NKEY_SEED_FILE: "/nowhere" }, /cannot be read \(ENOENT\)/],
    ["an address that is none", { NATS_URL: "nats://" }, /NATS_URL/],
    ["a name alone before the address", { NATS_URL: "nats://token@a" }, /user:password/],
    ["two ways in", { NATS_URL: "nats://a:b@c", NATS_NKEY_SEED_FILE: seedFile }, /set one of them/],
  ])("does not take %s", (_, env, expected) => {
    expect(readNatsAccess({ ...url, ...env }).problems.join("\n")).toMatch(expected);
  });
});
