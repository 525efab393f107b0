import { type SpawnOptions, spawn } from "node:child_process";
import { constants } from "node:os";

/**
 * Runs a command at our terminal and passes on a request to stop (a Ctrl-C at the terminal reaches it by itself).
 *
 * @returns its exit code; 128 + the signal's number when a signal ended it, 127 when it cannot be started.
 */
export function runInherited(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, "cwd" | "env"> = {},
): Promise<number> {
  const child = spawn(command, args, { ...options, stdio: "inherit" });
  const terminate = () => void child.kill("SIGTERM");
  const wait = () => undefined;
  process.on("SIGTERM", terminate).on("SIGHUP", terminate).on("SIGINT", wait);
  return new Promise((resolve) => {
    const done = (code: number) => {
      process.off("SIGTERM", terminate).off("SIGHUP", terminate).off("SIGINT", wait);
      resolve(code);
    };
    child.once("error", (error) => {
      process.stderr.write(`${command} cannot be started: ${error.message}\n`);
      done(127);
    });
    child.once("exit", (code, signal) => done(signal ? 128 + constants.signals[signal] : (code ?? 1)));
  });
}
