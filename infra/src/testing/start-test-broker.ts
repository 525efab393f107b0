import { join } from "node:path";
import { inject } from "vitest";
import { startNatsServer } from "../nats/start-nats-server.ts";
import type {} from "./test-backends.ts";
import type { TestBroker, TestBrokerSpec } from "./test-broker.ts";

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
