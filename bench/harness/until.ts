import { waitFor } from "@millrace/infra/process/wait-for";

/** Looks every few milliseconds. @throws Error when it was not done in time */
export async function until(isDone: () => Promise<boolean>, everyMs: number, maxMs: number): Promise<void> {
  const probe = async () => (await isDone()) || undefined;
  if (!(await waitFor(probe, { timeoutMs: maxMs, intervalMs: everyMs })))
    throw new Error(`It was not done within ${maxMs} ms`);
}
