import { createStopSignal } from "@millrace/infra/start/stop-signal";
import { type ChaosReport, violationsOf } from "./judge/chaos-report.ts";
import { type ChaosOptions, parseChaosOptions, topologyOf, UsageError, usage } from "./options.ts";
import { plannedCopies } from "./plan/fleet-shape.ts";
import { planDrill } from "./plan/plan-drill.ts";
import { type PlannedFault, planFaults } from "./plan/plan-faults.ts";
import { type MailboxPlan, planMailboxes } from "./plan/plan-mailboxes.ts";
import { runChaos } from "./run-chaos.ts";
import { makeChaosFolder } from "./world/chaos-folder.ts";
import { RunNotes } from "./world/run-notes.ts";
import { type CleanUps, startWorld } from "./world/start-world.ts";

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  let options: ChaosOptions;
  try {
    options = parseChaosOptions(args, process.env.INIT_CWD ?? process.cwd());
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const mailboxes = planMailboxes(options.seed, options.mailboxes);
  const targets = {
    copies: plannedCopies.map(({ name }) => name),
    mailboxes: mailboxes.map(({ email }) => email),
  };
  const { seed, minutes, nodes, kinds } = options;
  const schedule = options.drill
    ? planDrill(seed, minutes, targets, kinds)
    : planFaults(seed, minutes, targets, kinds, topologyOf(nodes));
  if (options.plan) {
    for (const fault of schedule) process.stdout.write(`${describe(fault)}\n`);
    return 0;
  }
  return run(options, mailboxes, schedule);
}

function describe({ atMs, kind, target, durationMs, intensity }: PlannedFault): string {
  const [at, lasts] = [atMs, durationMs].map((ms) => (ms / 1_000).toFixed(1).padStart(6));
  return `${at} s  ${kind.padEnd(24)} ${target.padEnd(26)} ${lasts} s  intensity ${intensity.toFixed(2)}`;
}

/** @returns the exit code */
async function run(
  options: ChaosOptions,
  mailboxes: readonly MailboxPlan[],
  schedule: readonly PlannedFault[],
): Promise<number> {
  const beganMs = Date.now();
  const say = (line: string): void => {
    process.stderr.write(`${((Date.now() - beganMs) / 1_000).toFixed(1).padStart(6)} ${line}\n`);
  };
  const notes = new RunNotes(say);
  const folder = makeChaosFolder(options.seed, options.keep);
  const cleanUps: CleanUps = [];
  const stop = createStopSignal({ onAgain: () => process.exit(130) });
  let fatal: Error | null = null;
  let report: ChaosReport | null = null;
  say(
    `== seed ${options.seed}, ${options.minutes} minutes, ${schedule.length} faults; logs in ${folder.logs}`,
  );
  try {
    const onFatal = (reason: Error): void => {
      fatal = reason;
      stop.abort();
    };
    const { seed, nodes } = options;
    const world = await startWorld({ seed, nodes, mailboxes, folder, notes, onFatal }, cleanUps);
    say("== everything runs");
    report = await runChaos(world, schedule, options.minutes, stop.signal);
  } catch (error) {
    if (fatal !== null || !stop.signal.aborted) fatal ??= error as Error;
  }
  for (const cleanUp of cleanUps.reverse())
    await Promise.resolve(cleanUp()).catch((error) => say(`!! ${error}`));
  const violations = report === null ? [] : violationsOf(report);
  const isClean = report !== null && violations.length === 0;
  const keepsLogs = options.keep !== null || (!isClean && (fatal !== null || report !== null));
  folder.remove(keepsLogs);
  if (fatal !== null) say(`!! the run could not go on: ${describeError(fatal)}`);
  if (keepsLogs) say(`== logs are kept in ${folder.logs}`);
  if (report === null) {
    say(`== no result; seed ${options.seed}`);
    return fatal === null ? 130 : 1;
  }
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (isClean) say(`== seed ${options.seed}: nothing lost, nothing doubled, nothing stuck`);
  else
    say(`!! seed ${options.seed}: ${violations.join(", ")}; again with: npm run chaos -- ${rerun(options)}`);
  return isClean ? 0 : 1;
}

function rerun({ seed, minutes, nodes, mailboxes, drill: isDrill }: ChaosOptions): string {
  const drill = isDrill ? " --drill" : "";
  const [cluster, some] = [
    nodes > 1 ? ` --cluster ${nodes}` : "",
    mailboxes ? ` --mailboxes ${mailboxes}` : "",
  ];
  return `--seed ${seed} --minutes ${minutes}${cluster}${drill}${some}`;
}

function describeError(error: Error): string {
  const inner = error instanceof AggregateError ? error.errors.map(String).join("; ") : "";
  return [error.stack ?? error.message, inner].filter(Boolean).join(": ");
}
