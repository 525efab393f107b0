/** Where text goes. */
export interface Output {
  readonly isTTY?: boolean;
  /** Characters in a line of the terminal. */
  readonly columns?: number;
  write(text: string | Uint8Array): unknown;
}

/** Where text comes from: what is piped in, or a person at a terminal. */
export interface Input extends AsyncIterable<string | Uint8Array> {
  readonly isTTY?: boolean;
}

export type Env = Readonly<Record<string, string | undefined>>;

/** All that a command knows of the process in which it runs. */
export interface Surroundings {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Env;
  /** Calls back when a person presses Ctrl-C, until what it gives is called; meanwhile that does not end the process. */
  readonly onInterrupt: (listener: () => void) => () => void;
}
