import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import type { SimulatedProcess } from "../engine/simulated-process.ts";
import type { World } from "../world.ts";
import { type Statement, statements } from "./statements.ts";

/** Statements by their text: finding out what one is costs more than answering it. */
const known = new Map<string, Statement>();

/**
 * A pool that understands the statements of fetcher and janitor, and those by which state is read. It is not a
 * database: a statement that it does not know is an error, so that nobody changes one without changing this.
 */
export function openMemoryPool(world: World, process: SimulatedProcess): SweepingPool {
  const isRefused = (id: string): boolean => world.kindOf(id) === "unstorable";
  const query = async (config: string | Query, given: readonly unknown[] = []) => {
    const text = typeof config === "string" ? config : config.text;
    const values = typeof config === "string" ? given : (config.values ?? given);
    const statement = known.get(text) ?? recognise(world, text);
    const access = statement.isWrite ? "write" : "read";
    const rows = await world.database[access](process, statement.what, (tables) => {
      world.mutations.beforeStatement?.(statement.what, tables);
      return statement.answer(tables, values, { nowMs: world.scheduler.nowMs, isRefused });
    });
    return { rows, rowCount: rows.length };
  };
  // Whose rows a statement sees, the real database's own tests show.
  const scope = () => ({ query });
  return { of: scope, ofTenants: scope, ofNobody: scope, ofAll: scope } as unknown as SweepingPool;
}

interface Query {
  readonly text: string;
  readonly values?: readonly unknown[];
}

function recognise(world: World, text: string): Statement {
  const words = text.replaceAll(/\s+/g, " ").trim();
  const found = statements.filter(({ marks }) => marks.every((mark) => words.includes(mark)));
  const [statement] = found;
  if (statement === undefined || found.length > 1) {
    const detail = `it knows ${found.length} statements like: ${words}`;
    world.violate("the simulated database is up to date", detail);
    throw new Error(detail);
  }
  known.set(text, statement);
  return statement;
}
