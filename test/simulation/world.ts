import type { HighWaterMark } from "@millrace/shared/nats/high-water-mark";
import { Fleet } from "./actors/fleet.ts";
import { Janitor } from "./actors/janitor.ts";
import { Person } from "./actors/person.ts";
import { Projector } from "./actors/projector.ts";
import { Register } from "./actors/register.ts";
import { MemoryBroker } from "./broker/memory-broker.ts";
import { MemoryDatabase } from "./database/memory-database.ts";
import type { Choices } from "./engine/choices.ts";
import { Scheduler } from "./engine/scheduler.ts";
import type { SimulatedProcess } from "./engine/simulated-process.ts";
import { type MutablePorts, type Mutations, noMutations } from "./mutations.ts";
import type { MessageKind, Plan } from "./plan/plan-schedule.ts";
import type { Rates } from "./plan/profiles.ts";
import { Mailbox, type MailboxMessage } from "./provider/mailbox.ts";
import { Judge } from "./rules/judge.ts";
import { tenantId } from "./tenant.ts";

const beginMs = Date.parse("2026-01-01T00:00:00.000Z");

/** A rule of DESIGN.md that was broken, and how. */
export interface Violation {
  readonly rule: string;
  readonly detail: string;
}

/** Everything that a schedule has to do with. */
export class World {
  readonly choices: Choices;
  readonly plan: Plan;
  readonly mutations: Mutations;
  readonly scheduler = new Scheduler(beginMs);
  readonly broker: MemoryBroker;
  readonly database: MemoryDatabase;
  readonly mailboxes = new Map<string, Mailbox>();
  readonly register = new Register();
  readonly judge: Judge;
  readonly fleet: Fleet;
  readonly projectors: readonly Projector[];
  readonly janitor: Janitor;
  readonly person: Person;
  /** Is told each thing that happens; null when nobody listens. */
  readonly say: ((line: string) => void) | null;
  rates: Rates;
  killsLeft: number;
  /** All that is planned has happened. */
  isPlanOver = false;
  violation: Violation | null = null;
  /** What the projector remembers outside of the database. */
  mark: HighWaterMark | null = null;

  constructor(
    choices: Choices,
    plan: Plan,
    mutations: Mutations = noMutations,
    say: ((line: string) => void) | null = null,
  ) {
    this.choices = choices;
    this.plan = plan;
    this.mutations = mutations;
    this.say = say;
    this.rates = plan.rates;
    this.killsLeft = plan.killsMax;
    this.broker = new MemoryBroker(this.scheduler, choices, plan.isDuplicateFirst);
    this.broker.publishLost = plan.rates.publishLost;
    this.database = new MemoryDatabase(this.scheduler, choices, plan.runningSyncsMax);
    this.database.commitLost = plan.rates.commitLost;
    plan.mailboxes.forEach((messages, i) => {
      const accountId = `a${i}`;
      this.mailboxes.set(accountId, new Mailbox(accountId, messages));
      this.database.tables.accounts.set(accountId, { tenantId, accountId, credentialsVersion: 1 });
    });
    this.judge = new Judge(this);
    this.broker.onEvent = (message) => this.judge.appended(message);
    this.broker.onWork = (message) => this.judge.queued(message);
    this.fleet = new Fleet(this);
    this.projectors = Array.from(
      { length: plan.projectors },
      (_, i) => new Projector(this, `projector-${i + 1}`),
    );
    this.janitor = new Janitor(this);
    this.person = new Person(this);
  }

  /** The first one counts: what comes after it may follow from it. */
  violate(rule: string, detail: string): void {
    this.violation ??= { rule, detail };
    this.say?.(`VIOLATED: ${rule}: ${detail}`);
  }

  /** A port as a planted bug wants it. */
  mutate<K extends keyof MutablePorts>(port: K, value: MutablePorts[K]): MutablePorts[K] {
    return this.mutations.ports?.[port]?.(value, this) ?? value;
  }

  /** Somebody asks for the removal of an account, sooner or later. */
  get hasRemovals(): boolean {
    return this.plan.disturbances.some(({ kind }) => kind === "removal");
  }

  /** A message of whatever mailbox; null when there never was such a one. */
  find(messageId: string): MailboxMessage | null {
    return this.#mailboxOf(messageId)?.find(messageId) ?? null;
  }

  kindOf(messageId: string): MessageKind {
    return this.#mailboxOf(messageId)?.kindOf(messageId) ?? "good";
  }

  /** It is not there, or a listing has not always shown it: whoever came then did not get it. */
  mayBeGone(messageId: string): boolean {
    const message = this.find(messageId);
    return message === null || message.hasLeft || message.wasHidden;
  }

  #mailboxOf(messageId: string): Mailbox | undefined {
    return this.mailboxes.get(messageId.slice(0, messageId.indexOf("-")));
  }

  /** A message kills whoever turns to it. */
  killBy(process: SimulatedProcess, messageId: string): void {
    this.say?.(`${messageId} kills ${process.name}`);
    this.judge.killedBy(messageId);
    this.kill(process);
  }

  kill(process: SimulatedProcess): void {
    this.say?.(`${process.name} dies`);
    this.judge.died(process);
    this.scheduler.forget(process);
    if (this.fleet.owns(process)) this.fleet.kill(process);
    else if (process.name === "janitor") this.janitor.kill();
    else for (const projector of this.projectors) if (projector.process === process) projector.kill();
  }
}
