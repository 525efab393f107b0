import { runSchedule } from "./faults/run-schedule.ts";
import { awaitEnds } from "./finish/await-ends.ts";
import { awaitVerifications } from "./finish/await-verifications.ts";
import { runFinalSyncs } from "./finish/final-syncs.ts";
import { redriveLetters } from "./finish/redrive-letters.ts";
import { restoreEverything } from "./finish/restore-everything.ts";
import { verifyAccounts } from "./finish/verify-accounts.ts";
import type { ChaosReport } from "./judge/chaos-report.ts";
import { judgeRun } from "./judge/judge-run.ts";
import { judgeStore } from "./judge/judge-store.ts";
import { type FaultSpan, measurePauses } from "./judge/measure-pauses.ts";
import { recoverySeconds } from "./judge/recovery-seconds.ts";
import { askForSyncs } from "./load/ask-for-syncs.ts";
import { changeMail } from "./load/change-mail.ts";
import { controlSyncs } from "./load/control-syncs.ts";
import type { PlannedFault } from "./plan/plan-faults.ts";
import { pollSyncs } from "./watch/poll-syncs.ts";
import { watchSyncStreams, watchTenantStream } from "./watch/watch-streams.ts";
import { missingCapabilities } from "./world/capabilities.ts";
import { pause } from "./world/pause.ts";
import type { World } from "./world/world.ts";

const pollers = 3;
const streams = 10;
const quiescenceMs = 5 * 60_000;
const finalSyncsMs = 5 * 60_000;
const sayEveryMs = 10_000;

/**
 * One run in a world that stands: load and faults together, then the end of all faults, recovery, one last sync of
 * everything, and the judgement.
 *
 * @param signal somebody wants to stop
 * @throws the signal's reason when it was aborted; Error when the run itself cannot go on
 */
export async function runChaos(
  world: World,
  schedule: readonly PlannedFault[],
  minutes: number,
  signal: AbortSignal,
): Promise<ChaosReport> {
  const { notes, register } = world;
  const skipped = [...missingCapabilities(world.capabilities), ...unsizedDisks(world)];
  for (const what of skipped) notes.say(`-- left out: ${what}`);
  const watching = startWatchers(world, signal);
  try {
    const beganAtMs = Date.now();
    await hurt(world, schedule, minutes * 60_000, signal);
    signal.throwIfAborted();
    const overAtMs = Date.now();
    notes.say("== faults are over; everything is brought back");
    await restoreEverything(world);
    await world.appends.collect();
    const hurtSpan = { fromMs: beganAtMs, toMs: overAtMs };
    const pauses = measurePauses(world.appends.timesMs(), hurtSpan, notes.spans.filter(isOfServer));
    notes.say(`== the log stood still for ${pauses.longestSeconds} s at most`);
    const ends = await awaitEnds(world, register.all(), quiescenceMs, signal);
    const running = await awaitVerifications(world, signal);
    signal.throwIfAborted();
    const recovery = await recoverySeconds(world, overAtMs);
    notes.say(
      `== ${recovery.length} syncs ended after it, ${ends.open.length} did not; one last sync of each mailbox`,
    );
    const { finals, open: openFinals } = await runFinalSyncs(world, finalSyncsMs, signal);
    await redriveLetters(world, signal);
    const before = await judgeStore(world);
    notes.say("== every mailbox is verified and repaired");
    const verified = world.capabilities.verify ? await verifyAccounts(world, signal) : [];
    const repairs = verified.flatMap(({ repair }) => (repair === null ? [] : [repair]));
    const repairEnds = await awaitEnds(world, repairs, finalSyncsMs, signal);
    signal.throwIfAborted();
    const open = [...ends.open, ...openFinals, ...repairEnds.open];
    return await judgeRun(world, {
      minutes,
      recovery,
      pauses,
      ends,
      open,
      running,
      finals,
      before,
      verified,
      skipped,
    });
  } finally {
    await watching.stop();
  }
}

/** What is done to the servers; the log of a cluster stands still for nothing else. */
const isOfServer = ({ kind }: FaultSpan): boolean => /^(nats|nodes?|postgres)-/.test(kind);

/** Disks that cannot be made full, in words. */
function unsizedDisks({ disks }: World): string[] {
  return Object.entries(disks).flatMap(([server, { unsizedBecause }]) =>
    unsizedBecause === null ? [] : [`full-disk: that of ${server} cannot be made full (${unsizedBecause})`],
  );
}

/** Load and faults for their time. */
async function hurt(
  world: World,
  schedule: readonly PlannedFault[],
  durationMs: number,
  signal: AbortSignal,
): Promise<void> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(durationMs)]);
  await Promise.all([
    runSchedule(schedule, world, Date.now(), over),
    askForSyncs(world, over),
    changeMail(world, over),
    controlSyncs(world, over),
    sayHowItGoes(world, Date.now(), over),
    world.appends.collectUntil(over),
  ]);
}

function startWatchers(world: World, signal: AbortSignal): { stop(): Promise<void> } {
  const enough = new AbortController();
  const until = AbortSignal.any([signal, enough.signal]);
  const watchers = [
    ...Array.from({ length: pollers }, (_, at) => pollSyncs(at + 1, world, until)),
    ...Array.from({ length: streams }, (_, at) => watchSyncStreams(at + 1, world, until)),
    watchTenantStream(0, world, until),
  ];
  return {
    stop: async () => {
      enough.abort();
      await Promise.all(watchers);
    },
  };
}

async function sayHowItGoes(
  { notes, register, accounts }: World,
  beganMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pause(sayEveryMs, signal);
    const seconds = Math.round((Date.now() - beganMs) / 1_000);
    const faults = [...notes.faults.values()].reduce((sum, count) => sum + count, 0);
    const messages = accounts.reduce((sum, { book }) => sum + book.size, 0);
    notes.say(
      `== ${seconds} s: ${faults} faults, ${register.size} syncs, ${messages} messages, ${notes.sights} sights`,
    );
  }
}
