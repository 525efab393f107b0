import { join } from "node:path";
import { SimulatorControl } from "@millrace/gmail-simulator/control/simulator-control";
import type { ServerProcess } from "@millrace/infra/process/server-process";
import { startNodeService } from "@millrace/infra/process/start-node-service";
import type { ChaosFolder } from "./chaos-folder.ts";
import { checkout } from "./checkout.ts";
import { reservePort } from "./reserve-port.ts";

export interface SimulatorProcess {
  readonly port: number;
  readonly control: SimulatorControl;
  readonly process: ServerProcess;
}

/** As far away as Gmail is: a sync lasts long enough to be in the middle of it. */
const latencyMs = 25;

/** Gmail, as a process of its own that nothing is done to: it is the truth. */
export async function startSimulator(seed: number, folder: ChaosFolder): Promise<SimulatorProcess> {
  const port = await reservePort();
  const { process } = await startNodeService({
    name: "gmail-simulator",
    entry: join(checkout, "packages/gmail-simulator/src/main.ts"),
    args: [
      "--quotas",
      "off",
      "--seed",
      String(seed),
      "--port",
      String(port),
      "--latency-ms",
      String(latencyMs),
    ],
    env: { PATH: globalThis.process.env.PATH },
    logFile: join(folder.logs, "gmail-simulator.log"),
    readyEvent: "simulator.ready",
    onSpawn: (spawned) => folder.guard(spawned),
  });
  return { port, control: new SimulatorControl(`http://127.0.0.1:${port}`), process };
}
