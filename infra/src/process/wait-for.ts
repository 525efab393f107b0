import { setTimeout as sleep } from "node:timers/promises";

/**
 * Polls until `probe` answers something other than undefined.
 *
 * @returns the answer, or undefined when `timeoutMs` passed without one.
 */
export async function waitFor<T>(
  probe: () => T | undefined | Promise<T | undefined>,
  { timeoutMs, intervalMs = 20 }: { timeoutMs: number; intervalMs?: number },
): Promise<T | undefined> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (Date.now() >= deadline) return undefined;
    await sleep(intervalMs);
  }
}
