import { isLetterSettled } from "@millrace/shared/projection/views";
import { disturb } from "./actors/disturb.ts";
import type { Choices } from "./engine/choices.ts";
import { settled } from "./engine/scheduler.ts";
import type { Mutations } from "./mutations.ts";
import { planSchedule } from "./plan/plan-schedule.ts";
import { judgeEnd, judgeRest } from "./rules/end-rules.ts";
import { tenantId } from "./tenant.ts";
import { type Violation, World } from "./world.ts";

export interface ScheduleResult {
  readonly violation: Violation | null;
  readonly profile: string;
  /** What was chosen: the whole schedule. */
  readonly made: readonly number[];
  readonly steps: number;
}

export interface ScheduleOptions {
  readonly mutations?: Mutations | undefined;
  /** Only this kind of bad day. */
  readonly profile?: string | undefined;
  readonly say?: ((line: string) => void) | undefined;
}

/** Far more than any schedule needs; one that takes them never comes to rest. */
const stepsMax = 30_000;
/** Longer than anything waits before it is looked at again. */
const restMs = 61_000;
const probeMs = 601_000;

/** Runs one schedule to its end, or to the first rule that it breaks. */
export async function runSchedule(choices: Choices, options: ScheduleOptions = {}): Promise<ScheduleResult> {
  const plan = planSchedule(choices, options.profile);
  const world = new World(choices, plan, options.mutations, options.say ?? null);
  options.say?.(`the plan: ${JSON.stringify(plan)}`);
  const run = new Run(world);
  await run.phases();
  return { violation: world.violation, profile: plan.profile, made: choices.made, steps: run.steps };
}

function isAnyPaused({ mailboxes, database }: World): boolean {
  const { syncs, account_states } = database.tables.views;
  return (
    [...mailboxes.values()].some(({ refusedVersion }) => refusedVersion !== null) ||
    [...account_states.values()].some(({ status }) => status === "reauth_required") ||
    [...syncs.values()].some(({ status }) => status === "paused")
  );
}

function release({ mailboxes, person, database }: World): void {
  for (const accountId of mailboxes.keys()) person.reconnect({ tenantId, accountId });
  for (const { account_id: accountId, id, status } of database.tables.views.syncs.values()) {
    if (status === "paused") person.control("resume", { tenantId, accountId }, id);
  }
}

const isAnyLetterOpen = ({ database }: World): boolean =>
  [...database.tables.views.dead_letters.values()].some((letter) => !isLetterSettled(letter));

/** What was odd is like any other from now on. */
function redrive({ mailboxes, person }: World): void {
  for (const mailbox of mailboxes.values()) mailbox.isHealed = true;
  person.redrive(null);
}

function syncAll({ mailboxes, person, database }: World): void {
  for (const mailbox of mailboxes.values()) {
    mailbox.isHealed = true;
    const { accountId } = mailbox;
    if (!database.tables.accounts.has(accountId)) continue;
    person.requestByApi(
      { tenantId, accountId },
      { name: `last-${accountId}`, isLabelled: false, mode: "auto" },
    );
  }
}

class Run {
  readonly #world: World;
  /** How many effects took place. */
  steps = 0;
  #planned = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async phases(): Promise<void> {
    const world = this.#world;
    world.janitor.begin();
    await this.#untilRest();
    await this.#phase("everything that was paused goes on", isAnyPaused(world), () => release(world));
    await this.#phase("dead letters are redriven", isAnyLetterOpen(world), () => redrive(world));
    await this.#phase("each mailbox is synced once more", true, () => syncAll(world));
    if (world.violation === null) judgeEnd(world);
  }

  /** Something that is done after the planned part, when there is anything to do, and waited for. */
  async #phase(what: string, isNeeded: boolean, begin: () => void): Promise<void> {
    if (this.#world.violation !== null || !isNeeded) return;
    this.#world.say?.(`── ${what}`);
    begin();
    await this.#untilRest();
  }

  /** Runs until nothing moves, also when the janitor has looked. */
  async #untilRest(): Promise<void> {
    const world = this.#world;
    let before = "";
    while (world.violation === null) {
      if (++this.steps > stepsMax) {
        world.violate("it comes to rest", `after ${stepsMax} steps it still moves`);
        return;
      }
      this.#disturb();
      if (await this.#step()) continue;
      this.#calm();
      const now = this.#mark();
      if (now === before) return judgeRest(world);
      before = now;
      this.#look();
    }
  }

  /** Something goes on, or time passes. False when there is nothing that could. */
  async #step(): Promise<boolean> {
    const { scheduler, fleet, projectors, choices, rates } = this.#world;
    const { ready } = scheduler;
    const claimable = fleet.claimable();
    const due = projectors.filter((projector) => projector.isDue).slice(0, 1);
    const count = ready.length + claimable.length + due.length;
    if (count === 0) return this.#passTime();
    if (scheduler.hasTimers && choices.chance(rates.hurry)) {
      scheduler.fireNext();
      return true;
    }
    const chosen = choices.below(count);
    if (chosen < ready.length) {
      await this.#letGo(chosen);
      return true;
    }
    const slot = claimable[chosen - ready.length];
    if (slot === undefined) due[0]?.takeTurn();
    else fleet.claim(slot);
    await settled();
    return true;
  }

  #passTime(): boolean {
    const { scheduler, choices } = this.#world;
    if (!this.#isPlanOver && choices.below(2) === 0) {
      this.#disturbNext();
      return true;
    }
    if (!scheduler.hasTimers) return false;
    scheduler.fireNext();
    return true;
  }

  async #letGo(index: number): Promise<void> {
    const world = this.#world;
    const parked = world.scheduler.ready[index];
    if (parked === undefined) return;
    if (world.killsLeft > 0 && world.choices.chance(world.rates.kill)) {
      world.killsLeft--;
      world.kill(parked.process);
      return settled();
    }
    world.say?.(`${parked.process.name} ${parked.what}`);
    await world.scheduler.letGo(index);
  }

  get #isPlanOver(): boolean {
    return this.#planned >= this.#world.plan.disturbances.length;
  }

  #disturb(): void {
    const next = this.#world.plan.disturbances[this.#planned];
    if (next !== undefined && next.step <= this.steps) this.#disturbNext();
  }

  #disturbNext(): void {
    const next = this.#world.plan.disturbances[this.#planned++];
    if (next !== undefined) disturb(this.#world, next);
    this.#world.isPlanOver = this.#isPlanOver;
  }

  /** Nothing goes wrong any more by itself. */
  #calm(): void {
    const world = this.#world;
    world.rates = { ackLost: 0, ackLate: 0, publishLost: 0, commitLost: 0, provider: 0, kill: 0, hurry: 0 };
    world.broker.publishLost = 0;
    world.database.commitLost = 0;
  }

  /** The janitor has a turn, after a while in which everything that is only slow would have moved. */
  #look(): void {
    const { scheduler, janitor, database } = this.#world;
    const accounts = [...database.tables.views.account_states.values()];
    const isRefused = accounts.some(({ status }) => status === "reauth_required");
    scheduler.nowMs += isRefused ? probeMs : restMs;
    janitor.takeTurn();
  }

  /** How far everything is. */
  #mark(): string {
    const { broker, judge, database, scheduler } = this.#world;
    const { removals, views } = database.tables;
    const isLeaving =
      [...views.account_states.values()].some(({ status }) => status === "removing") ||
      [...database.tables.accounts.values()].some(({ isRemoving }) => isRemoving === true);
    // A removal moves while time passes, until it is over.
    const removing = removals.size > 0 || isLeaving ? scheduler.nowMs : "none";
    return `${broker.events.created}/${judge.moves}/${removing}`;
  }
}
