import type { AccountRef } from "@millrace/shared/events/subjects";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { requeueVerifications } from "../reconcile/requeue-verifications.ts";
import { removeRows } from "../retention/remove-rows.ts";
import { RetentionScope } from "../retention/retention-scope.ts";
import { verificationRule } from "../retention/row-rules.ts";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { beginVerifications } from "./begin-verifications.ts";
import { endVerifications } from "./end-verifications.ts";
import { keepTurns } from "./keep-turns.ts";
import { turnAfterMs } from "./next-turn.ts";

let world: TestWorld;
const dayMs = 24 * 3_600_000;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.stop();
});
beforeEach(async () => {
  await world.nats.jsm.streams.purge("WORK");
  await world.pool.query("delete from account_removals");
  await world.pool.query("delete from syncs");
  await world.pool.query("delete from account_states");
  await world.pool.query("delete from accounts");
});

/** An account with a copy of its mailbox. */
async function givenAccount(status = "connected", watermark: string | null = "100"): Promise<AccountRef> {
  const ref = await world.addAccount();
  await world.pool.query(
    `insert into account_states (account_id, tenant_id, watermark, status, epoch, seq) values ($1, $2, $3, $4, 1, 1)`,
    [ref.accountId, ref.tenantId, watermark, status],
  );
  return ref;
}

async function givenDue(ref: AccountRef, dueAt = new Date(Date.now() - 1_000)): Promise<AccountRef> {
  await world.pool.query(
    "insert into verification_turns (account_id, tenant_id, every_days, due_at) values ($1, $2, 7, $3)",
    [ref.accountId, ref.tenantId, dueAt],
  );
  return ref;
}

async function rows(): Promise<{ account: string; status: string; trigger: string; repair: boolean }[]> {
  const found = await world.pool.query(
    "select account_id as account, status, trigger, repair from verifications order by requested_at",
  );
  return found.rows;
}
const turns = async (): Promise<Record<string, { days: number; dueMs: number }>> => {
  const found = await world.pool.query<{ id: string; days: number; due: Date }>(
    "select account_id as id, every_days as days, due_at as due from verification_turns",
  );
  return Object.fromEntries(found.rows.map(({ id, days, due }) => [id, { days, dueMs: due.getTime() }]));
};
const queued = async () => (await world.nats.jsm.streams.info("WORK")).state.messages;

describe("an account whose turn it is", () => {
  it("is compared with a repair, and its next turn is a period later in its own place", async () => {
    const ref = await givenDue(await givenAccount());
    const beganMs = Date.now();
    expect(await beginVerifications(world.ports, 2)).toBe(1);
    expect(await rows()).toEqual([
      { account: ref.accountId, status: "running", trigger: "schedule", repair: true },
    ]);
    expect(await queued()).toBe(1);
    const { dueMs } = (await turns())[ref.accountId] ?? { dueMs: 0 };
    expect([turnAfterMs(ref.accountId, 7, beganMs), turnAfterMs(ref.accountId, 7, Date.now())]).toContain(
      dueMs,
    );
    expect(await beginVerifications(world.ports, 2)).toBe(0);
  });

  it("is begun once by many janitors at the same time, and no more than may run at once", async () => {
    for (let n = 0; n < 12; n++) await givenDue(await givenAccount());
    const begun = await Promise.all(Array.from({ length: 4 }, () => beginVerifications(world.ports, 20)));
    expect(begun.reduce((sum, one) => sum + one, 0)).toBe(12);
    const accounts = (await rows()).map(({ account }) => account);
    expect(new Set(accounts).size).toBe(12);
    expect(await queued()).toBe(12);
  });

  it("waits for a place: after an outage the oldest turns come first, a few at a time", async () => {
    const refs: AccountRef[] = [];
    for (let n = 0; n < 6; n++)
      refs.push(await givenDue(await givenAccount(), new Date(Date.now() - n * dayMs)));
    expect([await beginVerifications(world.ports, 2), await beginVerifications(world.ports, 2)]).toEqual([
      2, 0,
    ]);
    const oldest = refs.slice(-2).map(({ accountId }) => accountId);
    expect((await rows()).map(({ account }) => account).toSorted()).toEqual(oldest.toSorted());
    await world.pool.query("update verifications set status = 'completed', ended_at = now()");
    expect(await beginVerifications(world.ports, 2)).toBe(2);
    // One that does not get on takes nobody's place for ever.
    await world.pool.query(
      "update verifications set requested_at = now() - interval '3 hours' where status = 'running'",
    );
    expect(await beginVerifications(world.ports, 2)).toBe(2);
  });

  it("whose janitor died before it was queued is queued by the reconciler, as one that nobody waits for", async () => {
    const ref = await givenDue(await givenAccount());
    const dying = { ...world.ports, enqueue: () => Promise.reject(new Error("killed")) };
    await expect(beginVerifications(dying, 2)).rejects.toThrow("killed");
    await world.pool.query("update verifications set requested_at = now() - interval '2 minutes'");
    expect(await requeueVerifications(world.ports)).toBe(1);
    const message = await world.nats.jsm.streams.getMessage("WORK", { last_by_subj: "work.>" });
    expect(message?.json()).toMatchObject({ kind: "verify", isScheduled: true, repair: true });
    expect(message?.subject).toContain(ref.accountId);
  });
});

describe("an account is not compared", () => {
  const states: readonly (readonly [string, () => Promise<AccountRef>])[] = [
    ["that refuses us", () => givenAccount("reauth_required")],
    ["that was never copied as a whole", () => givenAccount("connected", null)],
    ["of which nothing is known", () => world.addAccount()],
    [
      "that is being removed",
      async () => {
        const ref = await givenAccount();
        await world.pool.query("update accounts set removing_at = now() where id = $1", [ref.accountId]);
        return ref;
      },
    ],
    ["whose sync runs", () => withSync("running")],
    ["whose sync is paused", () => withSync("paused")],
    [
      "that is compared already",
      async () => {
        const ref = await givenAccount();
        await world.pool.query(
          `insert into verifications (id, tenant_id, account_id, repair, position)
           values ($1, $2, $1, false, '{"step":"begin"}')`,
          [ref.accountId, ref.tenantId],
        );
        return ref;
      },
    ],
  ];
  it.each(states)("%s; it stays due", async (_what, given) => {
    const ref = await givenDue(await given());
    expect(await beginVerifications(world.ports, 2)).toBe(0);
    expect((await turns())[ref.accountId]?.dueMs).toBeLessThan(Date.now());
    expect(await queued()).toBe(0);
  });
});

async function withSync(status: string): Promise<AccountRef> {
  const ref = await givenAccount();
  await world.pool.query(
    `insert into syncs (id, tenant_id, account_id, status, mode, trigger, created_at, epoch, seq)
     values ($1, $2, $1, $3, 'full', 'api', now(), 1, 1)`,
    [ref.accountId, ref.tenantId, status],
  );
  return ref;
}

describe("turns", () => {
  const wants = (days: number | null) =>
    world.pool.query("update tenants set verify_every_days = $1", [days]);

  it("are given to accounts with a copy, later than now, and not again", async () => {
    const ref = await givenAccount();
    await givenAccount("connected", null);
    await keepTurns(world.ports, 7);
    const given = await turns();
    expect(Object.keys(given)).toEqual([ref.accountId]);
    const waitMs = (given[ref.accountId]?.dueMs ?? 0) - Date.now();
    expect([waitMs > 0, waitMs <= 7 * dayMs]).toEqual([true, true]);
    await keepTurns({ ...world.ports, nowMs: () => Date.now() + 30 * dayMs }, 7);
    expect(await turns()).toEqual(given);
  });

  it("follow what the tenant wants, and end when it wants none", async () => {
    const ref = await givenAccount();
    await keepTurns(world.ports, 7);
    try {
      await wants(1);
      await keepTurns(world.ports, 7);
      const daily = (await turns())[ref.accountId];
      expect(daily).toMatchObject({ days: 1 });
      expect((daily?.dueMs ?? 0) - Date.now()).toBeLessThanOrEqual(dayMs);
      await wants(0);
      await keepTurns(world.ports, 7);
      expect(await turns()).toEqual({});
    } finally {
      await wants(null);
    }
    await keepTurns(world.ports, 0);
    expect(await turns()).toEqual({});
  });
});

describe("comparisons that are over", () => {
  const given = (ref: AccountRef, id: string, status: string, hoursAgo: number) =>
    world.pool.query(
      `insert into verifications (id, tenant_id, account_id, repair, trigger, status, position, requested_at, ended_at)
       values ($1 || $2, $3, $2, true, 'schedule', $4, '{"step":"begin"}', now() - make_interval(hours => $5),
         case when $4 <> 'running' then now() - make_interval(hours => $5) end)`,
      [id, ref.accountId, ref.tenantId, status, hoursAgo],
    );
  const retentionScope = () =>
    new RetentionScope({
      now: new Date(),
      tenantId: null,
      isDryRun: false,
      signal: new AbortController().signal,
    });
  const left = async () => {
    const found = await world.pool.query<{ id: string; status: string }>(
      "select replace(id, account_id, '') as id, status from verifications order by 1",
    );
    return found.rows.map(({ id, status }) => `${id} ${status}`);
  };

  it("that do not get on end after a day", async () => {
    await given(await givenAccount(), "slow", "running", 25);
    await given(await givenAccount(), "young", "running", 23);
    await endVerifications(world.ports);
    expect(await left()).toEqual(["slow failed", "young running"]);
  });

  it("are forgotten after 90 days, but for the newest of an account, and those of one that is held", async () => {
    const [ref, held] = [await givenAccount(), await givenAccount()];
    await world.pool.query("update accounts set held_at = now() where id = $1", [held.accountId]);
    for (const [account, name] of [
      [ref, "free"],
      [held, "held"],
    ] as const) {
      await given(account, `${name}1`, "completed", 24 * 100);
      await given(account, `${name}2`, "failed", 24 * 98);
      await given(account, `${name}3`, "completed", 24 * 95);
    }
    await removeRows(world.pool, verificationRule(90), retentionScope());
    expect(await left()).toEqual(["free3 completed", "held1 completed", "held2 failed", "held3 completed"]);
  });
});
