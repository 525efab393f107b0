import type { Nats } from "@millrace/shared/nats/connect-nats";
import { ensureTopology } from "@millrace/shared/nats/ensure-topology";
import { eventStream } from "@millrace/shared/nats/topology";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { afterAll, beforeAll, it } from "vitest";
import { ProjectorWorld, until } from "../testing/projector-world.ts";
import { startProjector } from "./start-projector.ts";

let world: ProjectorWorld;

beforeAll(async () => {
  world = await ProjectorWorld.start();
});
afterAll(() => world.stop());

/** The same broker; once, the log is made anew when somebody is about to read it, and `isDone` says so. */
function withNewLogInBetween(nats: Nats): { readonly nats: Nats; readonly isDone: () => boolean } {
  let [isBegun, isDone] = [false, false];
  const consumers = {
    get: async (...args: Parameters<Nats["js"]["consumers"]["get"]>) => {
      if (!isBegun) {
        isBegun = true;
        await nats.jsm.streams.delete(eventStream.name);
        await ensureTopology(nats);
        isDone = true;
      }
      return nats.js.consumers.get(...args);
    },
  };
  const js = new Proxy(nats.js, {
    get: (target, name) => {
      if (name === "consumers") return consumers;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { nats: { ...nats, js }, isDone: () => isDone };
}

it("a log that is made anew while it is being opened is read from its beginning", async () => {
  world.startProjector();
  for (let i = 0; i < 3; i++) await world.append();
  await until(async () => (await world.count("events")) === 3);
  await world.stopProjectors();

  const { nats, isDone } = withNewLogInBetween(world.nats);
  const projector = startProjector({ nats, pool: world.pool, log: silentLogger });
  await until(isDone);
  for (let i = 0; i < 2; i++) await world.append();
  await until(async () => (await world.count("events")) === 5);
  await projector.stop();
});
