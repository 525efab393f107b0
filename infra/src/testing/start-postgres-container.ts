import { randomBytes } from "node:crypto";
import { GenericContainer, Wait } from "testcontainers";
import { images } from "../containers/build-stand-ins.ts";
import { postgresUser } from "../postgres/init-cluster.ts";
import type { TestPostgres } from "./start-test-postgres.ts";

const insidePort = 5432;
const startTimeoutMs = 120_000;
const connectionsMax = 200;

/** A container, gone with testcontainers' own reaper when we are. */
export async function startPostgresContainer(): Promise<TestPostgres> {
  const password = randomBytes(16).toString("hex");
  const unsafe = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
  const settings = [`max_connections=${connectionsMax}`, "timezone=UTC", ...unsafe];
  const container = await new GenericContainer(images.postgres)
    .withEnvironment({ POSTGRES_USER: postgresUser, POSTGRES_PASSWORD: password })
    .withCommand(["postgres", ...settings.flatMap((setting) => ["-c", setting])])
    .withExposedPorts(insidePort)
    // Over TCP: while it is being set up it listens on its socket only.
    .withHealthCheck({
      test: ["CMD", "pg_isready", "--host", "127.0.0.1", "--username", postgresUser],
      interval: 500,
      timeout: 5_000,
      retries: 100,
      startPeriod: startTimeoutMs,
    })
    .withWaitStrategy(Wait.forHealthCheck())
    .withStartupTimeout(startTimeoutMs)
    .start();
  return {
    url: `postgres://${postgresUser}:${password}@127.0.0.1:${container.getMappedPort(insidePort)}/postgres`,
    stop: async () => void (await container.stop()),
  };
}
