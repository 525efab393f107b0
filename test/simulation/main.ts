import { UsageError } from "../support/whole-number.ts";
import { Choices } from "./engine/choices.ts";
import { shrinkChoices } from "./engine/shrink-choices.ts";
import { parseSimulateOptions, type SimulateOptions, usage } from "./options.ts";
import { findPlantedBug } from "./planted-bugs/find-planted-bug.ts";
import { plantedBugs } from "./planted-bugs/planted-bugs.ts";
import { runSchedule, type ScheduleResult } from "./run-schedule.ts";

const progressEveryMs = 2_000;
/** Violations that are made small and printed; of the others only the seed. */
const explainedMax = 3;
const shrinkRunsMax = 3_000;
const shrinkMsMax = 60_000;

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  let options: SimulateOptions;
  try {
    options = parseSimulateOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  return options.plantedBugs ? searchPlantedBugs(options) : simulate(options);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function simulate({ seeds, from, profile, json, trace }: SimulateOptions): Promise<number> {
  const beganMs = performance.now();
  const failed: number[] = [];
  const profiles = new Map<string, number>();
  let steps = 0;
  let toldAtMs = beganMs;
  for (let seed = from; seed < from + seeds; seed++) {
    const result = await runSchedule(Choices.ofSeed(seed), {
      profile,
      say: trace && seeds === 1 ? say : undefined,
    });
    steps += result.steps;
    profiles.set(result.profile, (profiles.get(result.profile) ?? 0) + 1);
    if (result.violation !== null) {
      failed.push(seed);
      if (failed.length <= explainedMax) await explain(seed, result, profile);
      else say(`seed ${seed} (${result.profile}): ${result.violation.rule}: ${result.violation.detail}`);
    }
    if (performance.now() - toldAtMs < progressEveryMs) continue;
    toldAtMs = performance.now();
    say(`${seed - from + 1} of ${seeds} schedules, ${failed.length} violations`);
  }
  const seconds = (performance.now() - beganMs) / 1_000;
  const { user, system } = process.cpuUsage();
  const report = {
    schedules: seeds,
    violations: failed.length,
    seconds: Number(seconds.toFixed(2)),
    from,
    perMinute: Math.round((seeds / seconds) * 60),
    perCpuMinute: Math.round((seeds / ((user + system) / 1e6)) * 60),
    steps,
    profiles: Object.fromEntries(profiles),
    ...(failed.length === 0 ? {} : { failedSeeds: failed.slice(0, 100) }),
  };
  process.stdout.write(
    json
      ? `${JSON.stringify(report)}\n`
      : `${seeds} schedules in ${report.seconds} s (${report.perMinute} a minute): ${failed.length} violations\n`,
  );
  return failed.length === 0 ? 0 : 1;
}

/** Makes a schedule that failed as small as it gets, and tells it step by step. */
async function explain(
  seed: number,
  { made, violation, profile }: ScheduleResult,
  only?: string,
): Promise<void> {
  const rule = violation?.rule;
  say(`seed ${seed} (${profile}) breaks "${rule}": ${violation?.detail}`);
  say(`replay it whole: npm run simulate -- --from ${seed} --seeds 1 --trace`);
  const untilMs = performance.now() + shrinkMsMax;
  const fails = async (list: readonly number[]): Promise<readonly number[] | null> => {
    if (performance.now() > untilMs) return null;
    const again = await runSchedule(Choices.ofList(list), { profile: only });
    return again.violation?.rule === rule ? again.made : null;
  };
  const smallest = await shrinkChoices(made, fails, shrinkRunsMax);
  say(`smallest schedule: ${smallest.length} of ${made.length} choices: ${JSON.stringify(smallest)}`);
  const { violation: last } = await runSchedule(Choices.ofList(smallest), {
    profile: only,
    say: (line) => say(`  ${line}`),
  });
  say(`  → ${last?.rule}: ${last?.detail}\n`);
}

async function searchPlantedBugs({ json }: SimulateOptions): Promise<number> {
  const beganMs = performance.now();
  const searches = [];
  for (const bug of plantedBugs) {
    const search = await findPlantedBug(bug);
    searches.push(search);
    say(
      search.seeds === null
        ? `NOT FOUND in ${search.seedsMax}: ${search.name}`
        : `found after ${search.seeds} of ${search.seedsMax}: ${search.name} (${search.rule})`,
    );
  }
  const missed = searches.filter(({ seeds }) => seeds === null).length;
  const seconds = Number(((performance.now() - beganMs) / 1_000).toFixed(2));
  const report = { planted: searches.length, found: searches.length - missed, seconds, bugs: searches };
  process.stdout.write(
    json
      ? `${JSON.stringify(report)}\n`
      : `${report.found} of ${report.planted} planted bugs found in ${seconds} s\n`,
  );
  return missed === 0 ? 0 : 1;
}
