/** Tells a person what is going on: lines as things get done and, on a terminal, what is being done now. */
export interface Announcer {
  line(text: string): void;
  /** Runs `work` and tells what came of it and how long it took: "NATS 2.15.1 ready (0.3 s)". */
  step<T>(doing: string, work: () => Promise<T>, done: (result: T) => string): Promise<T>;
  readonly output: AnnouncerOutput;
}

export interface AnnouncerOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const clear = "\r\u001b[2K";

export function createAnnouncer(output: AnnouncerOutput): Announcer {
  const active = new Set<string>();
  const line = (text: string) => {
    output.write(`${output.isTTY ? clear : ""}${text}\n`);
    showActive();
  };
  const showActive = () => {
    if (!output.isTTY) return;
    const text = active.size === 0 ? "" : `${[...active].join(", ")} …`;
    output.write(`${clear}${text.slice(0, (output.columns || 80) - 1)}`);
  };
  return {
    output,
    line,
    step: async (doing, work, done) => {
      const began = performance.now();
      active.add(doing);
      showActive();
      try {
        const result = await work();
        active.delete(doing);
        line(`${output.isTTY ? "✓ " : ""}${done(result)} (${seconds(performance.now() - began)} s)`);
        return result;
      } catch (error) {
        active.delete(doing);
        showActive();
        throw error;
      }
    },
  };
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
