import { parseEndpointRef } from "@millrace/shared/events/subjects";
import { publishTurn } from "@millrace/shared/nats/publish-turn";
import { hookStream } from "@millrace/shared/nats/topology";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { requeueTurns } from "./requeue-turns.ts";

let world: TestWorld;

beforeAll(async () => {
  world = await startWorld();
  await world.addAccount(); // and its tenant
});
afterAll(async () => {
  await world?.stop();
});
beforeEach(async () => {
  await world.pool.query("delete from webhook_endpoints");
  await world.nats.jsm.streams.purge(hookStream.name);
});

/** @param endpoint what the endpoint has beside that @param overdueSeconds of its one message */
async function add(id: string, overdueSeconds: number, endpoint = "", state = "pending"): Promise<void> {
  await world.pool.query(
    "insert into webhook_endpoints (id, tenant_id, url, events, sealed_secret) values ($1, 'acme', '', '{a}', '')",
    [id],
  );
  if (endpoint !== "") await world.pool.query(`update webhook_endpoints set ${endpoint} where id = $1`, [id]);
  await world.pool.query(
    `insert into webhook_deliveries (id, tenant_id, endpoint_id, type, body, state, due_at)
     values ($1 || '_m', 'acme', $1, 'a', '{}', $3, case when $3 = 'pending' then now() - make_interval(secs => $2) end)`,
    [id, overdueSeconds, state],
  );
}
let now = Date.now();
const requeue = () =>
  requeueTurns({
    ...world.ports,
    nowMs: () => {
      now += 60_000;
      return now;
    },
    giveTurn: (turn) => publishTurn(world.nats, turn),
  });
async function given(): Promise<string[]> {
  const { first_seq, last_seq } = (await world.nats.jsm.streams.info(hookStream.name)).state;
  const ids: string[] = [];
  for (let seq = first_seq; seq <= last_seq; seq++) {
    const message = await world.nats.jsm.streams.getMessage(hookStream.name, { seq });
    ids.push(parseEndpointRef(message?.subject ?? "")?.endpointId ?? "");
  }
  return ids.toSorted();
}

describe("an endpoint", () => {
  it("whose turn was lost has it again, until what it is due is sent", async () => {
    await add("whe_lost", 90);
    expect(await requeue()).toBe(1);
    expect(await given()).toEqual(["whe_lost"]);
    await world.pool.query("update webhook_deliveries set state = 'delivered', due_at = null");
    expect(await requeue()).toBe(0);
  });

  it("that is due nothing, or only just, is sent to, left alone or disabled is left to others", async () => {
    await add("whe_just", 5);
    await add("whe_later", -3_600);
    await add("whe_done", 90, "", "delivered");
    await add("whe_claimed", 90, "turn_until = now() + interval '10 s'");
    await add("whe_alone", 90, "open_until = now() + interval '10 s'");
    await add("whe_off", 90, "enabled = false, disabled_reason = 'gone', disabled_at = now()");
    expect(await requeue()).toBe(0);
  });

  it("whose sender died, or that was left alone long enough, has its turn", async () => {
    await add("whe_dead", 90, "turn_until = now() - interval '1 s'");
    await add("whe_was_alone", 90, "open_until = now() - interval '90 s'");
    expect(await requeue()).toBe(2);
    expect(await given()).toEqual(["whe_dead", "whe_was_alone"]);
  });
});
