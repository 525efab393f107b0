import type pg from "pg";

const installSql = `
  create schema simulated;
  create table simulated.clock (at timestamptz not null);
  insert into simulated.clock values ($1);
  create function simulated.now() returns timestamptz stable language sql as 'select at from simulated.clock';
  grant usage on schema simulated to public;
  grant select on simulated.clock to public;`;

/** Defaults are bound to the function that they named when their table was made. */
const defaultsSql = `
  select format('alter table %I.%I alter column %I set default simulated.now()', n.nspname, c.relname, a.attname) as sql
  from pg_attrdef d
  join pg_class c on c.oid = d.adrelid
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
  where pg_get_expr(d.adbin, d.adrelid) = 'now()' and n.nspname = 'public'`;

/**
 * Gives a database a clock that can be moved: to sessions that begin from now on `now()` is a function of ours, because its
 * schema comes before the system's. So the services' own statements are carried out in simulated time.
 */
export async function installDatabaseClock(owner: pg.Pool, at: Date): Promise<void> {
  for (const sql of installSql.split(";").slice(0, -1))
    await owner.query(sql.replace("$1", `'${at.toISOString()}'`));
  const { rows } = await owner.query<{ sql: string }>(defaultsSql);
  for (const { sql } of rows) await owner.query(sql);
  const { rows: names } = await owner.query<{ name: string }>("select current_database() as name");
  await owner.query(`alter database "${names[0]?.name}" set search_path = simulated, pg_catalog, public`);
}

export const setDatabaseClock = (owner: pg.Pool, at: Date) =>
  owner.query("update simulated.clock set at = $1", [at]);
