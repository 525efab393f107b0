import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import { afterEach, beforeEach, expect, inject, it } from "vitest";
import type {} from "../testing/test-backends.ts";
import { prepareBrokerUsers } from "./broker-users.ts";
import { moveIntoAccount } from "./move-into-account.ts";
import { startNatsServer } from "./start-nats-server.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-move-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("what a server without accounts has stored is there, the same log, once it has them; twice is once", async () => {
  const spec = {
    file: inject("millraceTestBackends").natsServerFile,
    folder,
    logFile: join(folder, "nats.log"),
  };
  const before = await startNatsServer(spec);
  const open = await connect({ servers: before.url });
  const { streams } = await jetstreamManager(open);
  const { created } = await streams.add({ name: "EVENTS", subjects: ["evt.>"] });
  await jetstream(open).publish("evt.shop.acc_1.note", "hello");
  await open.close();
  await before.stop();

  for (let start = 1; start <= 2; start++) {
    moveIntoAccount(join(folder, "store"));
    const { accountsFile, seedFile } = prepareBrokerUsers(join(folder, "users"));
    const after = await startNatsServer({ ...spec, accountsFile });
    const authenticator = nkeyAuthenticator(Buffer.from(readFileSync(seedFile("operator"), "utf8").trim()));
    const operator = await connect({ servers: after.url, authenticator });
    const found = await (await jetstreamManager(operator)).streams.info("EVENTS");
    await operator.close();
    await after.stop();
    expect(found).toMatchObject({ created, state: { messages: 1 } });
  }
});
