/** Runs something for a key; whoever asks while it runs shares the run after it. */
export type SharedRuns<T> = (key: string, part: T) => Promise<void>;

interface Waiting<T> {
  readonly parts: T[];
  readonly result: Promise<void>;
}

/**
 * Runs of one key follow each other, and each does for all that asked before it began: a thousand that come at once
 * make two. A failure is told to those that shared the run. Holds nothing when nobody waits.
 */
export function shareRuns<T>(run: (key: string, parts: readonly T[]) => Promise<void>): SharedRuns<T> {
  const running = new Map<string, Promise<void>>();
  const waiting = new Map<string, Waiting<T>>();

  function start(key: string, parts: readonly T[]): Promise<void> {
    const started: Promise<void> = run(key, parts).finally(() => {
      if (running.get(key) === started) running.delete(key);
    });
    running.set(key, started);
    return started;
  }

  async function startAfter(before: Promise<void>, key: string, parts: readonly T[]): Promise<void> {
    await before.catch(() => {}); // those that shared it know
    waiting.delete(key);
    return start(key, parts);
  }

  return (key, part) => {
    const joined = waiting.get(key);
    if (joined !== undefined) {
      joined.parts.push(part);
      return joined.result;
    }
    const before = running.get(key);
    if (before === undefined) return start(key, [part]);
    const parts = [part];
    const result = startAfter(before, key, parts);
    waiting.set(key, { parts, result });
    return result;
  };
}
