import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import type {} from "../testing/test-backends.ts";
import { archiveName, downloadRelease, natsRelease } from "./download-release.ts";
import { natsVersion } from "./nats-version.ts";
import { type NatsSource, resolveNatsServer } from "./resolve-nats-server.ts";
import { unpackNatsServer } from "./unpack-nats-server.ts";

const name = archiveName(natsRelease, process.platform, process.arch);

let folder: string;
let close: () => void;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-resolve-"));
  close = () => undefined;
});

afterEach(() => {
  close();
  rmSync(folder, { recursive: true, force: true });
});

/** A release server; a file that is null is never answered, one that is absent is a 404. */
async function serve(files: Record<string, Buffer | string | null>): Promise<string> {
  const server = createServer((request, response) => {
    const file = files[(request.url ?? "").slice("/release/".length)];
    if (file === undefined) response.writeHead(404).end();
    else if (file !== null) response.end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/release`;
}

/** A release archive as the project packs it, with the given program in it. */
function pack(program: Buffer | string): Buffer {
  const top = name.replace(/\.tar\.gz$/, "");
  mkdirSync(join(folder, top));
  writeFileSync(join(folder, top, "nats-server"), program);
  execFileSync("tar", ["-czf", join(folder, name), "-C", folder, top]);
  return readFileSync(join(folder, name));
}

const sums = (archive: Buffer) =>
  `${"0".repeat(64)}  something-else.zip\n${createHash("sha256").update(archive).digest("hex")}  ${name}\n`;

const fakeServer = (version: string) => `#!/bin/sh\necho "nats-server: v${version}"\n`;

const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: "/usr/bin:/bin",
  MILLRACE_CACHE: join(folder, "cache"),
  ...more,
});

const release = (baseUrl: string, timeoutMs = 20_000): NatsSource => ({
  name: "release",
  fetch: (destination) => downloadRelease(destination, { baseUrl, version: natsRelease, timeoutMs }),
});

const silent = () => undefined;

test("a release archive that matches its checksum is unpacked, kept and found again without the server", async () => {
  const archive = pack(readFileSync(inject("millraceTestBackends").natsServerFile));
  const baseUrl = await serve({ SHA256SUMS: sums(archive), [name]: archive });
  const env = environment();
  const fetched = await resolveNatsServer({ say: silent, env, sources: [release(baseUrl)] });
  expect(await natsVersion(fetched.file)).toBe(fetched.version);
  close();
  const again = await resolveNatsServer({ say: silent, env, sources: [] });
  expect(again).toEqual({ ...fetched, origin: "cache" });
});

test("a wrong checksum, a missing file, silence and a refusal each fail fast and say why", async () => {
  const archive = pack(fakeServer(natsRelease));
  const other = Buffer.from("not the archive");
  const failure = async (files: Parameters<typeof serve>[0]) => {
    const baseUrl = await serve(files);
    const began = Date.now();
    const error: unknown = await downloadRelease(join(folder, "x"), {
      baseUrl,
      version: natsRelease,
      timeoutMs: 500,
    }).catch((reason: unknown) => reason);
    close();
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(existsSync(join(folder, "x"))).toBe(false);
    return String(error);
  };
  expect(await failure({ SHA256SUMS: sums(archive), [name]: other })).toContain("the checksum of");
  expect(await failure({ SHA256SUMS: sums(archive) })).toContain("HTTP 404");
  expect(await failure({ SHA256SUMS: "nothing here", [name]: archive })).toContain("does not list");
  expect(await failure({ SHA256SUMS: null })).toContain("no complete answer in time");
  expect(await failure({ SHA256SUMS: sums(archive), [name]: null })).toContain("no complete answer in time");
  const refused = downloadRelease(join(folder, "x"), {
    baseUrl: await serve({}).finally(() => close()),
    version: natsRelease,
    timeoutMs: 500,
  });
  await expect(refused).rejects.toThrow("ECONNREFUSED");
});

test("a program that was fetched and does not work never enters the cache", async () => {
  const archive = pack(fakeServer("2.9.10"));
  const baseUrl = await serve({ SHA256SUMS: sums(archive), [name]: archive });
  const resolving = resolveNatsServer({ say: silent, env: environment(), sources: [release(baseUrl)] });
  await expect(resolving).rejects.toThrow("2.9.10, and 2.12.0 is the oldest that works");
  expect(readdirSync(join(folder, "cache/nats-server", `${process.platform}-${process.arch}`))).toEqual([]);
});

test("when every way fails the message names each and says what to install", async () => {
  const broken: NatsSource = { name: "somewhere", fetch: () => Promise.reject(new Error("it rained")) };
  const resolving = resolveNatsServer({
    say: silent,
    env: environment(),
    sources: [broken, { ...broken, name: "elsewhere" }],
  });
  await expect(resolving).rejects.toThrow(
    /somewhere: it rained.*elsewhere: it rained.*Install it.*NATS_SERVER_BIN.*NATS_URL/s,
  );
});

test("a server on PATH that is new enough is used, one that is too old is passed over", async () => {
  for (const [directory, version] of [
    ["old", "2.10.27"],
    ["new", "2.14.0"],
  ] as const) {
    mkdirSync(join(folder, directory));
    writeFileSync(join(folder, directory, "nats-server"), fakeServer(version));
    chmodSync(join(folder, directory, "nats-server"), 0o755);
  }
  const env = environment({ PATH: `${join(folder, "old")}:${join(folder, "new")}:/usr/bin:/bin` });
  const found = await resolveNatsServer({ say: silent, env, sources: [] });
  expect(found).toEqual({ file: join(folder, "new/nats-server"), version: "2.14.0", origin: "PATH" });
  const chosen = resolveNatsServer({
    say: silent,
    env: { ...env, NATS_SERVER_BIN: join(folder, "old/nats-server") },
    sources: [],
  });
  await expect(chosen).rejects.toThrow("NATS_SERVER_BIN cannot be used");
});

test("two processes that fetch at once both end with a whole program", async () => {
  const slow: NatsSource = {
    name: "slow",
    fetch: async (destination) => {
      writeFileSync(destination, fakeServer("2.13.0"));
      await new Promise((resolve) => setTimeout(resolve, 100));
    },
  };
  const both = await Promise.all(
    [1, 2].map(() => resolveNatsServer({ say: silent, env: environment(), sources: [slow] })),
  );
  for (const { file } of both) expect(await natsVersion(file)).toBe("2.13.0");
});

test("a machine that is no Debian, or has no source of its own, is told so before anything is fetched", async () => {
  const etc = join(folder, "etc");
  mkdirSync(join(etc, "apt/sources.list.d"), { recursive: true });
  writeFileSync(join(etc, "os-release"), "ID=alpine\n");
  await expect(unpackNatsServer(join(folder, "x"), etc)).rejects.toThrow("no Debian-like system");
  writeFileSync(join(etc, "os-release"), "ID=debian\nVERSION_CODENAME=bookworm\n");
  writeFileSync(join(etc, "apt/sources.list.d/vendor.list"), "deb https://vendor.example/apt any main\n");
  await expect(unpackNatsServer(join(folder, "x"), etc)).rejects.toThrow(
    "no apt source of the distribution's own",
  );
});
