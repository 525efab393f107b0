import { spawn } from "node:child_process";

/** The docker command line, led to one daemon. */
export interface Docker {
  /** For whatever else talks to the daemon: DOCKER_HOST, DOCKER_CONFIG. */
  readonly env: NodeJS.ProcessEnv;
  /** Whether the daemon is ours alone: images may be made in it that bear other people's names. */
  readonly isPrivate: boolean;
  /**
   * @returns what the command said on standard output
   * @throws {DockerError} with the end of what it said on standard error
   */
  readonly run: (args: readonly string[], options?: DockerRunOptions) => Promise<string>;
}

export interface DockerRunOptions {
  readonly timeoutMs?: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Given to standard input, for `docker import -`. */
  readonly input?: NodeJS.ReadableStream;
}

export class DockerError extends Error {
  readonly code = "docker";
}

const timeoutMsDefault = 120_000;
const outputCharactersMax = 8_000_000;
const tailCharacters = 4_000;

export function dockerWith(env: NodeJS.ProcessEnv, isPrivate: boolean): Docker {
  return { env, isPrivate, run: (args, options = {}) => runDocker(env, args, options) };
}

function runDocker(
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  { timeoutMs = timeoutMsDefault, cwd, env: more, input }: DockerRunOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("docker", args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...env, ...more },
      stdio: [input ? "pipe" : "ignore", "pipe", "pipe"],
      timeout: timeoutMs,
    });
    let [out, err] = ["", ""];
    child.stdout?.on("data", (data: Buffer) => {
      if (out.length < outputCharactersMax) out += data;
    });
    child.stderr?.on("data", (data: Buffer) => {
      err = (err + data).slice(-tailCharacters);
    });
    child.on("error", (cause) =>
      reject(new DockerError(`docker cannot be started: ${cause.message}`, { cause })),
    );
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(out);
      const how = signal ? `was ended after ${timeoutMs / 1_000} s` : `failed with ${code}`;
      reject(new DockerError(`docker ${args.slice(0, 3).join(" ")} … ${how}:\n${err.trim()}`));
    });
    if (input && child.stdin) {
      child.stdin.on("error", () => undefined); // its exit code says what was wrong
      input.pipe(child.stdin);
    }
  });
}
