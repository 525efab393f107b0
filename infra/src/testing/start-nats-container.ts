import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from "testcontainers";
import { natsConfiguration } from "../nats/start-nats-server.ts";
import { freePort } from "../process/free-port.ts";
import { waitFor } from "../process/wait-for.ts";
import type { TestBroker, TestBrokerSpec } from "./test-broker.ts";

const insidePort = 4222;
const startTimeoutMs = 120_000;
const reloadTimeoutMs = 30_000;
const stopGraceMs = 15_000;

/**
 * NATS in a container: its configuration and its store are the given folder, which stands at the same place in there, so
 * that tests find the store where they look for it, and the next container goes on with it.
 */
export async function startNatsContainer(image: string, spec: TestBrokerSpec): Promise<TestBroker> {
  const { folder, accountsFile, tls } = spec;
  mkdirSync(folder, { recursive: true });
  const configFile = join(folder, "nats.conf");
  writeFileSync(configFile, natsConfiguration({ host: "0.0.0.0", port: insidePort }, spec));
  const port = spec.port ?? (await freePort());
  const outside = [accountsFile, tls?.cert, tls?.key, tls?.clientCa].filter((file) => file !== undefined);
  const folders = new Set([folder, ...outside.map((file) => dirname(file))]);
  const container = await new GenericContainer(image)
    .withBindMounts([...folders].map((path) => ({ source: path, target: path, mode: "rw" })))
    .withExposedPorts({ container: insidePort, host: port })
    .withCommand(["nats-server", "--config", configFile])
    .withWaitStrategy(Wait.forLogMessage("Server is ready"))
    .withStartupTimeout(startTimeoutMs)
    .start();
  return {
    url: `${tls === undefined ? "nats" : "tls"}://127.0.0.1:${port}`,
    port,
    reload: () => reload(container),
    kill: () => send(container, "SIGKILL"),
    stop: async () => void (await container.stop({ timeout: stopGraceMs })),
  };
}

async function send(container: StartedTestContainer, signal: NodeJS.Signals): Promise<void> {
  const { container: containers } = await getContainerRuntimeClient();
  const found = containers.getById(container.getId());
  await found.kill({ signal });
  if (signal === "SIGKILL") await found.wait();
}

/** @throws Error with the container's log when the server does not take the configuration */
async function reload(container: StartedTestContainer): Promise<void> {
  const before = (await logOf(container)).length;
  await send(container, "SIGHUP");
  const isTaken = await waitFor(
    async () => {
      const said = (await logOf(container)).slice(before);
      if (said.includes("Reloaded server configuration")) return true;
      return said.includes("Failed to reload") ? false : undefined;
    },
    { timeoutMs: reloadTimeoutMs, intervalMs: 100 },
  );
  if (!isTaken)
    throw new Error(`nats-server did not take its configuration:\n${(await logOf(container)).slice(before)}`);
}

async function logOf(container: StartedTestContainer): Promise<string> {
  const { container: containers } = await getContainerRuntimeClient();
  const log = await containers.getById(container.getId()).logs({ stdout: true, stderr: true });
  return log.toString();
}
