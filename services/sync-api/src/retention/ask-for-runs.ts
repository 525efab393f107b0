import { newId } from "@millrace/shared/events/identifiers";
import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { inTransaction } from "@millrace/shared/postgres/in-transaction";
import type { RetentionTaskName } from "@millrace/shared/retention/retention-task-names";
import { scopeOf, type Whose } from "../overview/owners.ts";
import { type RunRow, runColumns } from "./run-rows.ts";

/** Two who ask for the same at once would each find nobody who waits. Operators, who are no tenant, ask as ''. */
const lockSql = "select pg_advisory_xact_lock(hashtext('millrace.retention'), hashtext($1))";

/** After the lock, as a statement of its own: it sees all that was asked for by then. */
const askSql = `
  with waiting as materialized (
    select distinct on (task) id, task from retention_runs
    where state = 'requested' and task = any($2) and tenant_id is not distinct from $3 and dry_run = $4
    order by task, requested_at, id
  ),
  added as (
    insert into retention_runs (id, task, tenant_id, dry_run, asked_by, state)
    select asked.id, asked.task, $3, $4, $5, 'requested' from unnest($1::text[], $2::text[]) as asked (id, task)
    where asked.task not in (select waiting.task from waiting)
    returning ${runColumns}
  )
  select * from (
    select ${runColumns} from retention_runs where id in (select waiting.id from waiting)
    union all
    select * from added
  ) as runs
  order by array_position($2::text[], runs.task)`;

interface Asked {
  readonly tasks: readonly RetentionTaskName[];
  readonly whose: Whose;
  readonly dryRun: boolean;
  /** The key that asks. */
  readonly askedBy: string | null;
}

/**
 * A run of each task, for the janitor to do. Where one waits that does the same, it is that one: it has not looked at anything
 * yet, so it finds what another one would, and however often somebody asks, no more wait.
 *
 * @returns a run for each task, in their order
 */
export function askForRuns(
  pool: SweepingPool,
  { tasks, whose, dryRun, askedBy }: Asked,
): Promise<readonly RunRow[]> {
  // Ids sort by the time at which they were made, and so do these, in the order of the tasks.
  const ids = tasks.map(() => newId("ret")).sort();
  return inTransaction(scopeOf(pool, whose), async (client) => {
    await client.query(lockSql, [whose ?? ""]);
    return (await client.query<RunRow>(askSql, [ids, tasks, whose, dryRun, askedBy])).rows;
  });
}
