import type { Fact } from "@millrace/shared/events/facts";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { applyBatch } from "@millrace/shared/projection/apply-batch";
import type { TestApi } from "./start-test-api.ts";

/** How far the projector of each database has come. */
const positions = new WeakMap<object, { readonly epoch: number; readonly seq: number }>();
let ids = 0;

/**
 * Applies facts as the projector does, as one batch: one projector a database, which begins when it is called first.
 *
 * @param time of all of them
 * @returns the sequence of the last one
 */
export async function applyFacts(
  { pool }: Pick<TestApi, "pool">,
  { tenantId, accountId }: AccountRef,
  facts: readonly Fact[],
  time = new Date().toISOString(),
): Promise<number> {
  let position = positions.get(pool);
  if (position === undefined) {
    await pool.query(
      `insert into checkpoints (name, epoch, stream_created, seq) values ('projector', 1, 'x', 0)`,
    );
    position = { epoch: 1, seq: 0 };
  }
  const { epoch, seq } = position;
  const events = facts.map((fact, i) => ({
    position: { epoch, seq: seq + 1 + i },
    event: { id: `applied${ids++}`, tenantId, accountId, time, source: "test", fact },
  }));
  await applyBatch(pool, position, events);
  positions.set(pool, { epoch, seq: seq + facts.length });
  return seq + facts.length;
}
