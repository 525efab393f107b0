import { Random } from "@millrace/gmail-simulator/random";
import type { TenantPeriods } from "@millrace/shared/retention/tenant-periods";
import { AccountLife } from "./account-life.ts";
import type { Expectation } from "./expectation.ts";
import { liveDay, newStanding, type Standing } from "./live-day.ts";
import { removeOneAccount } from "./remove-account.ts";
import { addEndpoints, askForSyncs, liveTenantDay } from "./tenant-days.ts";
import type { YearsWorld } from "./years-world.ts";

const hourMs = 3_600_000;
const tenantCount = 10;
/** Tenants' own periods; the others have none. */
const ownPeriods: readonly TenantPeriods[] = [
  { finishedSyncsDays: 60, failedSyncsDays: 14 },
  { finishedSyncsDays: 10, deletedMessagesDays: 7 },
  { auditDays: 20, webhookDeliveriesDays: 5, tracesDays: 3, connectLinksDays: 9 },
];
const together = 40;
const askedShare = 0.1;
const restShare = 0.002;
const restDays = 75;
const heldAtOnceMax = 3;
const holdMonths = 2;
const removalMonths = 2;

interface Person {
  readonly life: AccountLife;
  readonly standing: Standing;
  heldSinceMonth: number | null;
}

const holdSql =
  "update accounts set held_at = now(), held_reason = 'litigation' where tenant_id = $1 and id = $2";
const endHoldSql = "update accounts set held_at = null, held_reason = null where tenant_id = $1 and id = $2";
const accountSql = `insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ($1, $2, 'gmail', $1, '')`;

/** Tenants and their accounts: who is there, what becomes of them day by day, who is held, who leaves. */
export class Population {
  readonly #world: YearsWorld;
  readonly #expected: Expectation;
  readonly #random: Random;
  readonly #auditDays: number;
  #people: Person[] = [];
  #made = 0;
  syncs = 0;

  constructor(world: YearsWorld, expected: Expectation, random: Random, auditDays: number) {
    this.#world = world;
    this.#expected = expected;
    this.#random = random;
    this.#auditDays = auditDays;
  }

  async settle(accounts: number): Promise<void> {
    for (let n = 0; n < tenantCount; n++) {
      const periods = ownPeriods[n] ?? {};
      this.#expected.periods.set(tenantId(n), periods);
      await this.#world.database.query("insert into tenants (id, name, retention) values ($1, $1, $2)", [
        tenantId(n),
        periods,
      ]);
    }
    await addEndpoints(this.#world, [...this.#expected.periods.keys()]);
    for (let n = 0; n < accounts; n++) await this.#join();
  }

  /** One day: each account at an hour of its own. */
  async liveDay(day: number, month: number, dayBeginsMs: number): Promise<void> {
    const world = this.#world;
    await world.moveTo(dayBeginsMs + 12 * hourMs);
    await liveTenantDay(world, this.#expected, [...this.#expected.periods.keys()], day, this.#auditDays);
    const awake = this.#people.filter(({ life }) => life.restsUntilDay <= day);
    const queue = [...awake];
    const live = async (): Promise<void> => {
      for (let person = queue.shift(); person !== undefined; person = queue.shift()) {
        await liveDay(world, this.#expected, person.life, person.standing, { day, month });
        this.syncs++;
      }
    };
    await Promise.all(Array.from({ length: together }, live));
    const asked = awake.filter(() => this.#random.chance(askedShare));
    const requests = asked.map(({ life: { ref }, standing: { newest } }) => ({
      ref,
      syncId: this.#random.chance(0.5) ? newest : null,
    }));
    await askForSyncs(world, this.#expected, requests, day);
    for (const { life } of awake)
      if (this.#random.chance(restShare)) life.restsUntilDay = day + this.#random.below(restDays);
  }

  /** At the end of a month: holds end and begin, an account leaves and another comes. @returns what is wrong */
  async changeAccounts(month: number): Promise<string[]> {
    for (const person of this.#people)
      if (person.heldSinceMonth !== null && month - person.heldSinceMonth >= holdMonths)
        await this.#endHold(person);
    const free = () => this.#people.filter(({ heldSinceMonth }) => heldSinceMonth === null);
    if (this.#expected.held.size < heldAtOnceMax) await this.#hold(this.#random.pick(free()), month);
    if (month % removalMonths !== 1) return [];
    const leaving = this.#random.pick(free());
    this.#people = this.#people.filter((person) => person !== leaving);
    const wrong = await removeOneAccount(this.#world, this.#expected, leaving.life, this.#auditDays);
    await this.#join();
    return wrong;
  }

  async #join(): Promise<void> {
    const n = this.#made++;
    const ref = { tenantId: tenantId(n % tenantCount), accountId: `acc_${n}` };
    await this.#world.database.query(accountSql, [ref.accountId, ref.tenantId]);
    const life = new AccountLife(ref, new Random(this.#random.next()));
    this.#people.push({ life, standing: newStanding(), heldSinceMonth: null });
  }

  async #hold(person: Person, month: number): Promise<void> {
    const { tenantId: tenant, accountId } = person.life.ref;
    person.heldSinceMonth = month;
    this.#expected.held.add(accountId);
    await this.#world.database.query(holdSql, [tenant, accountId]);
  }

  async #endHold(person: Person): Promise<void> {
    const { tenantId: tenant, accountId } = person.life.ref;
    person.heldSinceMonth = null;
    this.#expected.held.delete(accountId);
    await this.#world.database.query(endHoldSql, [tenant, accountId]);
  }
}

const tenantId = (n: number): string => `tenant-${n}`;
