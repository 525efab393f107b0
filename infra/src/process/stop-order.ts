/** The order of stopping: what uses a thing goes before the thing. */
export const stopOrder = ["service", "simulator", "nats", "postgres"] as const;
export type ProcessRole = (typeof stopOrder)[number];

/** How a process is asked to stop, and how long it may take before it is killed. */
export const stopManner: Record<ProcessRole, { readonly signal: NodeJS.Signals; readonly graceMs: number }> =
  {
    service: { signal: "SIGTERM", graceMs: 10_000 },
    simulator: { signal: "SIGTERM", graceMs: 5_000 },
    nats: { signal: "SIGTERM", graceMs: 15_000 },
    // A fast shutdown: sessions are ended, the data is written.
    postgres: { signal: "SIGINT", graceMs: 20_000 },
  };
