import type { RetentionPorts } from "./retention-ports.ts";
import type { RetentionScope } from "./retention-scope.ts";

const lookEveryMs = 200;
/** What the projection has not heard of by then is gone on with by the next run. */
const lookMsMax = 20_000;

/**
 * Waits until the projection has removed rows of a view.
 *
 * @param view `syncs` or `dead_letters`
 * @returns false when it has not within 20 seconds
 */
export async function untilProjected(
  { pool, sleep }: Pick<RetentionPorts, "pool" | "sleep">,
  view: "syncs" | "dead_letters",
  ids: readonly string[],
  { signal }: RetentionScope,
): Promise<boolean> {
  const sql = `select count(*)::integer as count from ${view} where id = any($1)`;
  for (let waitedMs = 0; waitedMs < lookMsMax; waitedMs += lookEveryMs) {
    const { rows } = await pool.ofAll().query<{ count: number }>(sql, [ids]);
    if (rows[0]?.count === 0) return true;
    await sleep(lookEveryMs, signal);
  }
  return false;
}
