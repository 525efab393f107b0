import { join } from "node:path";
import { heapFlags, type LimitedService } from "../process/heap-flags.ts";
import type { NodeServiceSpec } from "../process/start-node-service.ts";
import { checkout } from "./data-folder.ts";

/** How a service of this checkout is started, wherever it runs. */
export const serviceSpec = (
  name: LimitedService,
): Pick<NodeServiceSpec, "name" | "entry" | "nodeArgs" | "readyEvent"> => ({
  name,
  entry: join(checkout, "services", name, "src/main.ts"),
  nodeArgs: heapFlags(name),
  readyEvent: "service.ready",
});
