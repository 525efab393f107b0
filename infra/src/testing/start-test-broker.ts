import { join } from "node:path";
import { inject } from "vitest";
import { type NatsSpec, startNatsServer } from "../nats/start-nats-server.ts";
import type {} from "./test-backends.ts";

export type TestBrokerSpec = Pick<NatsSpec, "folder" | "port" | "accountsFile" | "tls">;

/** One run of a broker: another one may follow on its folder and its port. */
export interface TestBroker {
  readonly url: string;
  readonly port: number;
  /** Has it read its configuration again; resolves when it has. */
  reload(): Promise<void>;
  /** An orderly shutdown, when it runs. */
  stop(): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
}

/**
 * A broker as a process of ours, or in a container, as the run's set-up says.
 *
 * @param guard is told of the process, which must not outlive us; who outlives us of the containers is the set-up's care
 */
export async function startTestBroker(
  spec: TestBrokerSpec,
  guard: (pid: number) => void,
): Promise<TestBroker> {
  const { natsServerFile, natsImage } = inject("millraceTestBackends");
  if (natsImage !== null) {
    // Only then: testcontainers takes its time to load.
    const { startNatsContainer } = await import("./start-nats-container.ts");
    return startNatsContainer(natsImage, spec);
  }
  const { process, ...running } = await startNatsServer({
    ...spec,
    file: natsServerFile,
    logFile: join(spec.folder, "nats.log"),
  });
  guard(process.pid);
  return { ...running, kill: async () => void (await process.stop("SIGKILL", 0)) };
}
