import { brokerRefusals } from "../../support/broker-refusals.ts";
import type { Ends } from "../finish/await-ends.ts";
import type { RunningVerification } from "../finish/await-verifications.ts";
import type { Verified } from "../finish/verify-accounts.ts";
import type { AcceptedSync } from "../load/sync-register.ts";
import type { World } from "../world/world.ts";
import { auditLog } from "./audit-log.ts";
import { type ChaosReport, percentile99 } from "./chaos-report.ts";
import { checkRebuild } from "./check-rebuild.ts";
import { describeStuck } from "./describe-stuck.ts";
import { judgeLedgers } from "./judge-ledgers.ts";
import { judgeLetters } from "./judge-letters.ts";
import { judgeStore, type StoreJudgement } from "./judge-store.ts";
import { judgeVerifications } from "./judge-verifications.ts";
import type { Pauses } from "./measure-pauses.ts";
import { judgeStuck, type OpenSync } from "./stuck-syncs.ts";

/** What the judgement needs to know of the end. */
export interface RunEnd {
  readonly minutes: number;
  /** Of the syncs that were open when the faults were over. */
  readonly recovery: readonly number[];
  readonly pauses: Pauses;
  /** How what was open when the faults were over came to its end. */
  readonly ends: Ends;
  /** All that has not ended. */
  readonly open: readonly OpenSync[];
  /** Verifications of the time of faults that have not ended. */
  readonly running: readonly RunningVerification[];
  /** The last full sync of each account. */
  readonly finals: readonly AcceptedSync[];
  /** The store before anything was repaired. */
  readonly before: readonly StoreJudgement[];
  readonly verified: readonly Verified[];
  readonly skipped: readonly string[];
}

/** Compares all that was promised with all that is there. What differs is said, a few of each. */
export async function judgeRun(world: World, end: RunEnd): Promise<ChaosReport> {
  const { notes, register, capabilities } = world;
  const { stuck, lostWithBroker } = judgeStuck(end.open, notes.wipes);
  if (stuck.length > 0) await describeStuck(world, stuck);
  const after = await judgeStore(world);
  const { doubled, endedAgain } = await auditLog(world);
  for (const id of endedAgain) notes.say(`-- ended again after its log was lost: ${id}`);
  const ledgers = await judgeLedgers(world, end.finals, after);
  const letters = capabilities.deadLetters
    ? await judgeLetters(world)
    : { total: 0, unplanned: [], left: [] };
  for (const { logFile } of world.copies.values())
    for (const refused of new Set(brokerRefusals(logFile))) notes.fault(notes.refusals, refused);
  const verificationsWrong = judgeVerifications(end.verified, end.before);
  sayAll(world, [
    ...stuck.map(({ sync, status }) => `stuck: ${sync.id} (${sync.how}) is ${status}`),
    ...end.running.map(({ id, accountId }) => `stuck: the verification ${id} of ${accountId}`),
    ...describeDifferences(end.before, ["lost", "duplicated", "digestWrong"], "before the repair"),
    ...describeDifferences(
      after,
      capabilities.verify ? differences : ["lost", "duplicated", "digestWrong"],
      "at the end",
    ),
    ...doubled,
    ...ledgers.wrong,
    ...letters.unplanned.map((letter) => `unplanned dead letter: ${letter}`),
    ...letters.left.map((letter) => `dead letter left: ${letter}`),
    ...verificationsWrong,
  ]);
  /** Over all mailboxes, before or after the repair, whichever is worse. */
  const worst = (what: Difference): number =>
    Math.max(
      ...[end.before, after].map((store) => total(store, ({ difference }) => difference[what].length)),
    );
  return {
    seed: world.seed,
    minutes: end.minutes,
    faults: Object.fromEntries([...notes.faults].sort()),
    syncs: register.size,
    listed: ledgers.listed,
    stored: total(end.before, ({ messages, difference }) => messages - difference.lost.length),
    lost: worst("lost"),
    duplicated: worst("duplicated") + doubled.length + notes.doubledRequests.length,
    stuck: stuck.length + end.running.length,
    regressed: notes.regressions.length,
    rebuildDiff: capabilities.rebuild ? await checkRebuild(world) : null,
    recoverySecondsP99: percentile99([
      ...end.recovery,
      // What has not ended has taken as long as was waited for, at least.
      ...judgeStuck(end.ends.open, notes.wipes).stuck.map(() => end.ends.waitedSeconds),
    ]),
    pauses: end.pauses,
    extra: capabilities.verify ? total(after, ({ difference }) => difference.extra.length) : null,
    labelsWrong: capabilities.verify ? total(after, ({ difference }) => difference.labelsWrong.length) : null,
    digestWrong: worst("digestWrong"),
    ledgerWrong: ledgers.wrong.length,
    verificationsWrong: verificationsWrong.length,
    deadLettered: letters.total,
    deadLettersUnplanned: letters.unplanned.length,
    deadLettersLeft: letters.left.length,
    lostWithBroker: lostWithBroker.length,
    endedAgain: endedAgain.length,
    refused: notes.refusals.length,
    badStops: notes.badStops.length,
    unexpectedExits: notes.unexpectedExits.length,
    reconnections: notes.reconnections,
    sights: notes.sights,
    skipped: end.skipped,
  };
}

type Difference = keyof StoreJudgement["difference"];
const differences: readonly Difference[] = ["lost", "duplicated", "extra", "labelsWrong", "digestWrong"];
const examplesMax = 5;
const linesMax = 60;

function total(store: readonly StoreJudgement[], pick: (judgement: StoreJudgement) => number): number {
  return store.reduce((sum, judgement) => sum + pick(judgement), 0);
}

function describeDifferences(
  store: readonly StoreJudgement[],
  kinds: readonly Difference[],
  when: string,
): string[] {
  return store.flatMap(({ account, difference }) =>
    kinds
      .filter((kind) => difference[kind].length > 0)
      .map((kind) => {
        const ids = difference[kind];
        const examples = ids.slice(0, examplesMax).join(", ");
        return `${account.email} (${account.accountId}, ${account.content}) ${kind} ${when} ${ids.length}: ${examples}`;
      }),
  );
}

function sayAll({ notes }: World, lines: readonly string[]): void {
  for (const line of lines.slice(0, linesMax)) notes.say(`!! ${line}`);
  if (lines.length > linesMax) notes.say(`!! and ${lines.length - linesMax} lines more`);
}
