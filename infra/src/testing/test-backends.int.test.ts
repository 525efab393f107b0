import { existsSync } from "node:fs";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import pg from "pg";
import { expect, test } from "vitest";
import { createTestDatabase } from "./test-database.ts";
import { startTestNats } from "./test-nats.ts";

test("test databases are apart from each other, know Unicode and leave nothing behind", async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const client = new pg.Client({ connectionString: one.url });
  await client.connect();
  await client.query("CREATE TABLE only_here (name text)");
  const { rows } = await client.query(
    "SELECT lower('ÀÉÑ') AS lower, current_setting('server_encoding') AS encoding, to_tsvector('simple', 'Élan') AS terms",
  );
  expect(rows).toEqual([{ lower: "àéñ", encoding: "UTF8", terms: "'élan':1" }]);
  await client.end();

  const other = new pg.Client({ connectionString: two.url });
  await other.connect();
  await expect(other.query("SELECT * FROM only_here")).rejects.toThrow("does not exist");
  await other.end();

  await Promise.all([one.drop(), two.drop()]);
  await expect(new pg.Client({ connectionString: one.url }).connect()).rejects.toThrow("does not exist");
});

test("a test server keeps what it acknowledged over kill -9 and removes its store when stopped", async () => {
  const nats = await startTestNats();
  const connected = async <T>(use: (connection: NatsConnection) => Promise<T>): Promise<T> => {
    const connection = await connect({ servers: nats.url });
    return use(connection).finally(() => connection.close());
  };
  const kept = () =>
    connected(async (connection) => {
      const manager = await jetstreamManager(connection);
      return (await manager.streams.info("KEPT")).state.messages;
    });
  await connected(async (connection) => {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: "KEPT", subjects: ["kept.*"] });
    await jetstream(connection).publish("kept.one", "x");
  });
  await nats.kill();
  await nats.restart();
  expect(await kept()).toBe(1);
  await nats.restart();
  expect(await kept()).toBe(1);
  await nats.stop();
  expect(existsSync(nats.storeDir)).toBe(false);
  await expect(connect({ servers: nats.url, reconnect: false, timeout: 1_000 })).rejects.toThrow();
});

test("many servers at once get ports of their own", async () => {
  const servers = await Promise.all(Array.from({ length: 4 }, () => startTestNats()));
  expect(new Set(servers.map((server) => server.url)).size).toBe(4);
  await Promise.all(servers.map((server) => server.stop()));
});
