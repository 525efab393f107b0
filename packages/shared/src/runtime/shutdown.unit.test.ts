import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { silentLogger } from "../testing/silent-logger.ts";
import { Shutdown } from "./shutdown.ts";

const limits = { deadlineMs: 1_500, cleanUpMsMax: 250 };

it("clean-ups run once, the last registered first, each after the one before", async () => {
  const shutdown = new Shutdown(silentLogger, limits);
  const order: string[] = [];
  shutdown.onShutdown("pool", () => void order.push("pool"));
  shutdown.onShutdown("consumers", async () => {
    await sleep(50);
    order.push("consumers");
  });
  await Promise.all([shutdown.run("SIGTERM"), shutdown.run("SIGTERM")]);
  expect(order).toEqual(["consumers", "pool"]);
});

it("one that fails, and one that never ends, keep the others from nothing, and the end comes in time", async () => {
  const shutdown = new Shutdown(silentLogger, limits);
  const order: string[] = [];
  shutdown.onShutdown("pool", () => void order.push("pool"));
  shutdown.onShutdown("stuck", () => new Promise<void>(() => undefined));
  shutdown.onShutdown("broken", () => {
    throw new Error("broken");
  });
  shutdown.onShutdown("stuck too", () => new Promise<void>(() => undefined));
  const began = performance.now();
  await shutdown.run("SIGTERM");
  expect(order).toEqual(["pool"]);
  expect(performance.now() - began).toBeLessThan(limits.deadlineMs);
});
