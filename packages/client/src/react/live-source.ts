/** A value that changes by itself while somebody looks at it, in the form that `useSyncExternalStore` takes. */
export interface LiveSource<T> {
  readonly subscribe: (listener: () => void) => () => void;
  readonly get: () => T;
  /** Whether nobody looks, and nothing runs. */
  readonly isIdle: () => boolean;
}

/** React's Strict Mode and changes of pages leave and come back at once: that opens no second stream. */
const graceMs = 1_000;

/**
 * Runs something from the first subscriber on until a moment after the last one has left. Whoever comes later begins with
 * what was known last.
 *
 * @param run changes the value until its signal is aborted or nothing more is to come; it does not reject
 */
export function createLiveSource<T>(
  initial: T,
  run: (set: (next: T) => void, signal: AbortSignal) => Promise<void>,
): LiveSource<T> {
  let value = initial;
  let running: AbortController | null = null;
  let leaving: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();
  const start = (): void => {
    const own = new AbortController();
    running = own;
    const set = (next: T): void => {
      if (own.signal.aborted) return;
      value = next;
      for (const listener of listeners) listener();
    };
    void run(set, own.signal);
  };
  const stop = (): void => {
    running?.abort();
    running = null;
  };
  const subscribe = (onChange: () => void): (() => void) => {
    const listener = (): void => onChange(); // one component may subscribe the same function twice
    listeners.add(listener);
    clearTimeout(leaving);
    if (running === null) start();
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) leaving = setTimeout(stop, graceMs);
    };
  };
  return { subscribe, get: () => value, isIdle: () => running === null };
}
