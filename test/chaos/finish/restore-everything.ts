import { reconnect } from "../faults/gmail-faults.ts";
import type { World } from "../world/world.ts";

const readyMs = 60_000;
const reconnectMs = 60_000;

/**
 * The end of all faults: nothing is troubled any more, every process runs, every consent is given.
 *
 * @throws Error when a part does not come up although nothing is in its way
 */
export async function restoreEverything(world: World): Promise<void> {
  const { simulator, postgres, nats, copies, accounts, capabilities } = world;
  await simulator.clearFaults();
  await Promise.all([postgres.ensureRunning(), nats.ensureRunning()]);
  for (const copy of copies.values()) {
    copy.thaw();
    await copy.exclusively(() => copy.start());
  }
  for (const copy of copies.values()) {
    if (!(await copy.isReady(readyMs)))
      throw new Error(`${copy.name} does not become ready, see ${copy.logFile}`);
  }
  const deadline = AbortSignal.timeout(reconnectMs);
  await Promise.all(
    accounts.map(async (account) => {
      await simulator.setGranted(account.email, true);
      if (capabilities.credentials && !(await reconnect(account, deadline))) {
        throw new Error(`${account.email} cannot be connected again`);
      }
    }),
  );
}
