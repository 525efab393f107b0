import { parseCommandLine, USAGE } from "./command-line.ts";
import { startGmailSimulator } from "./start-gmail-simulator.ts";

const CLOSE_DEADLINE_MS = 1_500;

const command = parseCommandLine(process.argv.slice(2), process.env);
if (command.kind === "help") {
  process.stdout.write(USAGE);
} else if (command.kind === "invalid") {
  process.stderr.write(`${command.problems.join("\n")}\nTry --help.\n`);
  process.exitCode = 2;
} else {
  try {
    const simulator = await startGmailSimulator(command.options);
    const stop = (): void => {
      setTimeout(() => process.exit(1), CLOSE_DEADLINE_MS).unref();
      void simulator.close().then(() => process.exit(0));
    };
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
    process.stdout.write(`${JSON.stringify({ event: "simulator.ready", url: simulator.url })}\n`);
  } catch (error) {
    process.stderr.write(`gmail-simulator: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
