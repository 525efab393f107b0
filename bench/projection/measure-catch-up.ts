import { processorSeconds } from "@millrace/infra/process/processor-time";
import type { BenchStack } from "../harness/bench-stack.ts";
import { median, quantile, rounded } from "../harness/statistics.ts";
import type { Figures } from "../suites/suite.ts";
import type { Commit, ProgressWatch } from "./progress-watch.ts";

const names = ["postgres", "nats", "sync-api"] as const;
const catchUpMsMax = 600_000;
const parts = 10;

/**
 * Starts sync-api on a log that is full, and measures from the projector's first commit to the one that reaches the
 * log's end: so the start of the process does not count, and that its code is still cold does.
 */
export async function measureCatchUp(
  stack: BenchStack,
  watch: ProgressWatch,
  lastSeq: number,
  onProgress: (projected: number) => void,
): Promise<Figures> {
  const commits: Commit[] = [];
  let before: Readonly<Record<string, number>> = {};
  watch.onCommit((commit) => {
    if (commits.length === 0) before = processorSecondsBy(stack);
    commits.push(commit);
    onProgress(commit.seq);
  });
  await stack.start("sync-api");
  await watch.reached(lastSeq, catchUpMsMax);
  const after = processorSecondsBy(stack);
  const [first, last] = [commits[0], commits.at(-1)];
  if (first === undefined || last === undefined || commits.length < 2)
    throw new Error("The projector committed everything at once");
  const events = last.seq - first.seq;
  const paces = pacesOf(commits);
  return {
    eventsPerSecond: rounded(paceBetween(first, last)),
    eventsPerSecondOfTenths: {
      least: rounded(Math.min(...paces)),
      median: rounded(median(paces)),
      most: rounded(Math.max(...paces)),
    },
    eventsPerBatch: rounded(events / (commits.length - 1)),
    msPerBatchP50: rounded(quantile(gapsOf(commits), 0.5)),
    msPerBatchP99: rounded(quantile(gapsOf(commits), 0.99)),
    cpuSecondsPer1000By: Object.fromEntries(
      names.map((name) => [name, rounded((1_000 * ((after[name] ?? 0) - (before[name] ?? 0))) / events)]),
    ),
  };
}

const processorSecondsBy = ({ processes }: BenchStack): Record<string, number> =>
  Object.fromEntries(names.map((name) => [name, processorSeconds(processes.get(name)?.at(-1)?.pid ?? 0)]));

const paceBetween = (from: Commit, to: Commit): number =>
  ((to.seq - from.seq) * 1_000) / (to.atMs - from.atMs);

const gapsOf = (commits: readonly Commit[]): number[] =>
  commits.slice(1).map(({ atMs }, i) => atMs - (commits[i]?.atMs ?? atMs));

/** The pace of each tenth of the commits. */
function pacesOf(commits: readonly Commit[]): number[] {
  const cut = (part: number): Commit => commits[Math.round((part * (commits.length - 1)) / parts)] as Commit;
  const whole = Math.min(parts, commits.length - 1);
  if (whole < parts) return [paceBetween(cut(0), cut(parts))];
  return Array.from({ length: parts }, (_, part) => paceBetween(cut(part), cut(part + 1)));
}
