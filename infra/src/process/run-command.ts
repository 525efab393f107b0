/**
 * Runs a command that this process is. What it throws is said on standard error without a stack, and is exit code 2.
 *
 * @param run gets the arguments and the folder that they were given in, and gives the exit code
 */
export async function runCommand(
  run: (args: readonly string[], cwd: string) => Promise<number>,
): Promise<void> {
  try {
    process.exitCode = await run(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}
