import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { createCommand, ending, type Run } from "../program/create-command.ts";
import { CommandError } from "../program/exit-codes.ts";

/** What `npm start` runs, in a checkout. */
const launcher = fileURLToPath(new URL("../../../../infra/bin/with-workspace.mjs", import.meta.url));
const script = "infra/src/start.ts";

export const upCommand = (run: Run) =>
  createCommand(run, "up")
    .summary("starts everything on this machine, as `npm start` does")
    .description(
      "Starts everything on this machine, as `npm start` does, with the same options: `millrace up --help` lists them.",
    )
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .argument("[options...]")
    .action(ending(run, (options: string[]) => start(options)));

async function start(options: readonly string[]): Promise<number> {
  if (!existsSync(launcher))
    throw new CommandError(
      "`up` takes a checkout of Millrace. Of its image, `docker compose up` starts everything.",
    );
  const child = spawn(process.execPath, [launcher, script, ...options], { stdio: "inherit" });
  // The terminal sends Ctrl-C to both of us; who started us may send it to us alone.
  const forwarded = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) => {
    const forward = (): void =>
      void (process.stdin.isTTY && signal === "SIGINT" ? undefined : child.kill(signal));
    process.on(signal, forward);
    return () => process.off(signal, forward);
  });
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve(signal ? 128 + constants.signals[signal] : (code ?? 1)));
    });
  } finally {
    for (const forget of forwarded) forget();
  }
}
