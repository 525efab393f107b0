import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { ownersSql, scopeOf, type Whose } from "../overview/owners.ts";
import type { Activity } from "../resources/activity.ts";
import type { TimeFrame } from "./time-frame.ts";

/** $2 the first minute, $3 minutes a point, $4 points */
const sql = `
  with ${ownersSql},
  minutes as (
    select (a.minute - $2::integer) / $3::integer as point, a.*
    from owners o join activity_minutes a on a.tenant_id = o.id
    where a.minute >= $2::integer and a.minute < $2::integer + $3::integer * $4::integer
  ),
  failed as materialized (
    select point, jsonb_object_agg(category, n) as failures
    from (
      select point, key as category, sum(value::bigint) as n
      from minutes cross join lateral jsonb_each_text(failures)
      where failures <> '{}'
      group by point, key
    ) as counted
    group by point
  )
  select point, sum(slices[1] + slices[2] + slices[3] + slices[4] + slices[5] + slices[6])::float8 as messages,
    sum(syncs_started)::float8 as "syncsStarted", sum(syncs_completed + syncs_partial)::float8 as "syncsCompleted",
    sum(syncs_failed)::float8 as "syncsFailed", sum(dead_lettered)::float8 as "deadLettered",
    coalesce((select f.failures from failed f where f.point = minutes.point), '{}') as failures
  from minutes
  group by point`;

type Counts = Omit<Activity["points"][number], "at">;

interface Row extends Counts {
  readonly point: number;
}

const quiet: Counts = Object.freeze({
  messages: 0,
  syncsStarted: 0,
  syncsCompleted: 0,
  syncsFailed: 0,
  deadLettered: 0,
  failures: {},
});

/** Every point of the frame; those of which nothing is known, with zeros. */
export async function readActivity(pool: SweepingPool, whose: Whose, frame: TimeFrame): Promise<Activity> {
  const { firstMinute, stepMinutes, points } = frame;
  const { rows } = await scopeOf(pool, whose).query<Row>({
    name: "read-activity",
    text: sql,
    values: [whose, firstMinute, stepMinutes, points],
  });
  const byPoint = new Map(rows.map(({ point, ...counts }) => [point, counts]));
  return {
    stepSeconds: stepMinutes * 60,
    points: Array.from({ length: points }, (_, point) => ({
      at: new Date((firstMinute + point * stepMinutes) * 60_000).toISOString(),
      ...(byPoint.get(point) ?? quiet),
    })),
  };
}
