/** The wish to stop, whoever has it: a Ctrl-C, a `kill`, a terminal that closed, a parent that died. */
export interface StopSignal {
  readonly signal: AbortSignal;
  /** Settles when somebody wants to stop; never rejects. */
  readonly requested: Promise<void>;
  abort(): void;
}

/** One Ctrl-C arrives up to four times: from the terminal, and passed on by npm and by our own wrapper. */
const sameGestureMs = 1_000;
const parentCheckMs = 1_000;

/**
 * Listens for the wish to stop.
 *
 * @param onAgain somebody insists: a second signal, more than a second after the first.
 */
export function createStopSignal({ onAgain }: { onAgain: () => void }): StopSignal {
  const controller = new AbortController();
  let firstMs: number | null = null;
  const ask = () => {
    const nowMs = performance.now();
    if (firstMs !== null && nowMs - firstMs > sameGestureMs) onAgain();
    firstMs ??= nowMs;
    controller.abort();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, ask);
  watchParent(() => controller.abort());
  return {
    signal: controller.signal,
    requested: new Promise((resolve) => {
      controller.signal.addEventListener("abort", () => resolve(), { once: true });
    }),
    abort: () => controller.abort(),
  };
}

/** A wrapper that was killed can pass nothing on; then the parent is another one. */
function watchParent(onOrphaned: () => void): void {
  const parent = process.ppid;
  if (String(parent) !== process.env.MILLRACE_PARENT_PID) return;
  setInterval(() => {
    if (process.ppid !== parent) onOrphaned();
  }, parentCheckMs).unref();
}
