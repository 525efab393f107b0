import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { World } from "../world/world.ts";
import type { OpenSync } from "./stuck-syncs.ts";

const describedMax = 20;
const factsMax = 60;

/** Writes down what is known of syncs that do not end, before all of it is removed: state, last facts, the broker. */
export async function describeStuck(world: World, stuck: readonly OpenSync[]): Promise<void> {
  const { database, logs } = world;
  for (const { sync, status } of stuck.slice(0, describedMax)) {
    const [row] = await database.query("select to_jsonb(s) as sync from syncs s where id = $1", [sync.id]);
    const [course] = await database.query(
      "select to_jsonb(a) as state from account_states a where account_id = $1",
      [sync.accountId],
    );
    const facts = await database.query(
      `select epoch, seq, type, source, happened_at, fact from events where sync_id = $1 order by epoch desc, seq desc limit ${factsMax}`,
      [sync.id],
    );
    write(join(logs, `stuck-${sync.id}.json`), { sync, status, row, course, facts });
  }
  write(join(logs, "jetstream.json"), await describeBroker(world));
}

async function describeBroker({ jetstream: { jsm } }: World): Promise<unknown> {
  try {
    const streams = await jsm.streams.list().next();
    const consumers = await Promise.all(streams.map(({ config }) => jsm.consumers.list(config.name).next()));
    return streams.map(({ config, state }, at) => ({ name: config.name, state, consumers: consumers[at] }));
  } catch (error) {
    return String(error);
  }
}

function write(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
