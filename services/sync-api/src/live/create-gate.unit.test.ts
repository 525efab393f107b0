import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createGate } from "./create-gate.ts";

test("no more runs at once than may, what waits has its turn in order, also after failures", async () => {
  const gate = createGate(2);
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  const work = (n: number) => async (): Promise<number> => {
    begun.push(n);
    most = Math.max(most, ++running);
    await sleep(1);
    running--;
    if (n % 3 === 0) throw new Error(`${n}`);
    return n;
  };
  const results = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => gate(work(n))));
  expect(most).toBe(2);
  expect(begun).toEqual(Array.from({ length: 12 }, (_, n) => n));
  expect(results.map(({ status }) => status === "fulfilled")).toEqual(
    Array.from({ length: 12 }, (_, n) => n % 3 !== 0),
  );
  expect(await gate(async () => "later")).toBe("later");
});
