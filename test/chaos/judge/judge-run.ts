import type { Ends } from "../finish/await-ends.ts";
import type { AcceptedSync } from "../load/sync-register.ts";
import type { World } from "../world/world.ts";
import { auditLog } from "./audit-log.ts";
import { type ChaosReport, percentile99 } from "./chaos-report.ts";
import { describeStuck } from "./describe-stuck.ts";
import { judgeLedgers } from "./judge-ledgers.ts";
import { judgeStore, type StoreJudgement } from "./judge-store.ts";
import { judgeStuck } from "./stuck-syncs.ts";

/** What the judgement needs to know of the end. */
export interface RunEnd {
  readonly minutes: number;
  readonly ends: Ends;
  readonly finals: readonly AcceptedSync[];
  readonly finalEnds: Ends;
  readonly skipped: readonly string[];
}

/** Compares all that was promised with all that is there. What differs is said, a few of each. */
export async function judgeRun(world: World, end: RunEnd): Promise<ChaosReport> {
  const { notes, register } = world;
  const { stuck, lostWithBroker } = judgeStuck([...end.ends.open, ...end.finalEnds.open], notes.wipesAtMs);
  for (const { sync, status } of stuck) notes.say(`!! stuck: ${sync.id} (${sync.how}) is ${status}`);
  if (stuck.length > 0) await describeStuck(world, stuck);
  const store = await judgeStore(world);
  sayDifferences(world, store);
  const doubled = await auditLog(world);
  for (const what of doubled) notes.say(`!! ${what}`);
  const ledgers = await judgeLedgers(world, end.finals, store);
  for (const what of ledgers.wrong) notes.say(`!! ${what}`);
  const sum = (pick: (judgement: StoreJudgement) => number): number =>
    store.reduce((total, judgement) => total + pick(judgement), 0);
  const isVerified = world.capabilities.verify;
  return {
    seed: world.seed,
    minutes: end.minutes,
    faults: Object.fromEntries([...notes.faults].sort()),
    syncs: register.size,
    listed: ledgers.listed,
    stored: sum(({ messages, difference }) => messages - difference.lost.length),
    lost: sum(({ difference }) => difference.lost.length),
    duplicated:
      sum(({ difference }) => difference.duplicated.length) + doubled.length + notes.doubledRequests.length,
    stuck: stuck.length,
    regressed: notes.regressions.length,
    rebuildDiff: null,
    recoverySecondsP99: percentile99([
      ...end.ends.seconds,
      // What has not ended has taken as long as was waited for, at least.
      ...end.ends.open.map(() => end.ends.waitedSeconds),
    ]),
    extra: isVerified ? sum(({ difference }) => difference.extra.length) : null,
    labelsWrong: isVerified ? sum(({ difference }) => difference.labelsWrong.length) : null,
    digestWrong: sum(({ difference }) => difference.digestWrong.length),
    ledgerWrong: ledgers.wrong.length,
    deadLettered: 0,
    deadLettersUnplanned: 0,
    deadLettersLeft: 0,
    lostWithBroker: lostWithBroker.length,
    refused: notes.refusals.length,
    badStops: notes.badStops.length,
    unexpectedExits: notes.unexpectedExits.length,
    reconnections: notes.reconnections,
    sights: notes.sights,
    skipped: end.skipped,
  };
}

const examplesMax = 5;

function sayDifferences({ notes, capabilities }: World, store: readonly StoreJudgement[]): void {
  for (const { account, difference } of store) {
    for (const [what, ids] of Object.entries(difference) as [string, readonly string[]][]) {
      const isJudged = capabilities.verify || (what !== "extra" && what !== "labelsWrong");
      if (ids.length === 0 || !isJudged) continue;
      const examples = ids.slice(0, examplesMax).join(", ");
      notes.say(
        `!! ${account.email} (${account.accountId}, ${account.content}) ${what} ${ids.length}: ${examples}`,
      );
    }
  }
}
