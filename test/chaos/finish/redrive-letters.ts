import { pause } from "../world/pause.ts";
import type { World } from "../world/world.ts";

const retryMs = 1_000;
const patienceMs = 2 * 60_000;

const openSql = "select count(*)::int as open from dead_letters where state in ('open', 'redriving')";

/** Tries every dead letter again, now that nothing is wrong with any message, until none is left or time is over. */
export async function redriveLetters(world: World, signal: AbortSignal): Promise<void> {
  if (!world.capabilities.deadLetters) return;
  const tenants = new Map(world.accounts.map(({ tenantId, api }) => [tenantId, api]));
  const deadline = Date.now() + patienceMs;
  while (!signal.aborted && Date.now() < deadline) {
    const [row] = await world.database.query<{ open: number }>(openSql);
    if (!row?.open) return;
    world.notes.say(`   ${row.open} dead letters are redriven`);
    for (const api of tenants.values()) {
      await api
        .call({ method: "POST", path: "/v1/dead-letters/redrive", body: { all: true } })
        .catch(() => null);
    }
    await pause(retryMs, signal);
  }
}
