import { Random } from "@millrace/gmail-simulator/random";
import { eventStream } from "@millrace/shared/nats/topology";
import { rebuildViews } from "@millrace/shared/projection/rebuild-views";
import type { RetentionConfig } from "../../services/janitor/src/retention/retention-tasks.ts";
import { compareTrail } from "./compare-trail.ts";
import { compareYears } from "./compare-years.ts";
import { Expectation } from "./expectation.ts";
import { findGrowth } from "./find-growth.ts";
import { measureSizes, type Sizes } from "./measure-sizes.ts";
import { Population } from "./population.ts";
import { retentionConfig, runRetention } from "./run-retention.ts";
import { openYearsWorld, type Servers, type YearsWorld } from "./years-world.ts";

const dayMs = 86_400_000;
export const daysPerMonth = 30;
const beginsMs = Date.UTC(2027, 0, 1);
/** What is kept for longest beside the audit trail: the records of retention's own runs. */
const longestDays = 90;
const logDays = 35;

export interface YearsOptions {
  readonly seed: number;
  readonly months: number;
  readonly accounts: number;
  readonly say?: (line: string) => void;
  /** With another configuration of the janitor than what is expected of it: to see that it is noticed. */
  readonly config?: Partial<RetentionConfig>;
}

export interface YearsReport {
  readonly months: readonly Sizes[];
  readonly syncs: number;
  readonly facts: number;
  readonly removed: Readonly<Record<string, number>>;
  readonly auditDays: number;
  /** What is wrong, in words. */
  readonly wrong: readonly string[];
}

/** A year of audit trail takes two to see that it does not grow; in less time it is kept for less. */
export const auditDaysOf = (months: number): number => (months >= 18 ? 365 : 45);

/** Months of accounts that are synced daily, with everything that happens to them, and the janitor at the end of each. */
export async function runYears(servers: Servers, options: YearsOptions): Promise<YearsReport> {
  const world = await openYearsWorld(servers, beginsMs);
  try {
    return await live(world, options);
  } finally {
    await world.close();
  }
}

async function live(world: YearsWorld, options: YearsOptions): Promise<YearsReport> {
  const { seed, months, accounts, say = () => {} } = options;
  const auditDays = auditDaysOf(months);
  const config = { ...retentionConfig(auditDays), ...options.config };
  const expected = new Expectation();
  const people = new Population(world, expected, new Random(seed), auditDays);
  await people.settle(accounts);
  const [sizes, wrong]: [Sizes[], string[]] = [[], []];
  const removed: Record<string, number> = {};
  const days: { readonly atMs: number; readonly seq: number }[] = [];
  for (let month = 0; month < months; month++) {
    for (let day = month * daysPerMonth; day < (month + 1) * daysPerMonth; day++) {
      await people.liveDay(day, month, beginsMs + day * dayMs);
      await world.project();
      days.push({ atMs: world.nowMs(), seq: world.lastSeq() });
    }
    await world.moveTo(beginsMs + (month + 1) * daysPerMonth * dayMs);
    const found = [...(await people.changeAccounts(month))];
    const run = await runRetention(world, expected, config);
    found.push(...run.wrong, ...compareTrail(run.gone, run.told), ...(await compareYears(world, expected)));
    for (const kinds of run.gone.values())
      for (const [kind, keys] of kinds) removed[kind] = (removed[kind] ?? 0) + keys.length;
    await forgetLog(world, days);
    const measured = await measureSizes(world);
    sizes.push(measured);
    wrong.push(...found.map((what) => `month ${month + 1}: ${what}`));
    const megabytes = Math.round((measured["bytes of the database"] ?? 0) / 1e6);
    say(
      `month ${month + 1} of ${months}: ${people.syncs} syncs, database ${megabytes} MB, ${wrong.length} wrong`,
    );
  }
  const settledFrom = Math.ceil(Math.max(auditDays, longestDays) / daysPerMonth) + 1;
  wrong.push(...findGrowth(sizes, settledFrom), ...(await rebuild(world)));
  return { months: sizes, syncs: people.syncs, facts: world.lastSeq(), removed, auditDays, wrong };
}

/** The broker forgets by its own clock, which cannot be moved: what is older than its limit is purged. */
async function forgetLog(
  { nats, nowMs }: YearsWorld,
  days: readonly { readonly atMs: number; readonly seq: number }[],
): Promise<void> {
  const last = days.findLast(({ atMs }) => atMs < nowMs() - logDays * dayMs);
  if (last !== undefined) await nats.jsm.streams.purge(eventStream.name, { seq: last.seq + 1 });
}

/** What was left must give the same views again. */
async function rebuild({ database }: YearsWorld): Promise<string[]> {
  const { differences } = await rebuildViews(database, { check: true });
  return differences === 0 ? [] : [`${differences} rows of the views are not what the events tell`];
}
