import { isPortFree } from "../process/free-port.ts";
import type { StackContext } from "./stack-context.ts";
import { UsageError } from "./start-options.ts";

const portsTried = 100;

/**
 * The API's port: the wanted one, or the next free one when nobody insisted.
 *
 * @throws UsageError when a chosen port is taken.
 */
export async function chooseApiPort({ options, announcer }: StackContext): Promise<number> {
  if (await isPortFree(options.port)) return options.port;
  if (options.portChosen) throw new UsageError(`Port ${options.port} is taken. Choose another with --port.`);
  for (let port = options.port + 1; port <= options.port + portsTried; port += 1) {
    if (!(await isPortFree(port))) continue;
    announcer.line(`Port ${options.port} is taken; the API takes ${port}.`);
    return port;
  }
  throw new UsageError(
    `Ports ${options.port} to ${options.port + portsTried} are taken. Choose one with --port.`,
  );
}
