import { setTimeout as sleep } from "node:timers/promises";

/** Looks every few milliseconds. */
export async function until(isDone: () => Promise<boolean>, everyMs: number, maxMs: number): Promise<void> {
  const endMs = Date.now() + maxMs;
  while (!(await isDone())) {
    if (Date.now() > endMs) throw new Error(`It was not done within ${maxMs} ms`);
    await sleep(everyMs);
  }
}
