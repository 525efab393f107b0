import { derivedSyncId } from "@millrace/shared/events/identifiers";
import { type AccountRef, requestSubject } from "@millrace/shared/events/subjects";
import type { Schedule } from "@millrace/shared/schedules/schedule";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { earliestRunMs } from "./claim-due-runs.ts";
import { keepSchedules } from "./keep-schedules.ts";
import { runDueSchedules, type SchedulePorts } from "./run-due-schedules.ts";

let world: TestWorld;
const never = new AbortController().signal;
const hourMs = 3_600_000;
const hourly: Schedule = { kind: "interval", seconds: 3_600, mode: "auto" };
const adaptive: Schedule = { kind: "adaptive", mode: "auto" };

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.stop();
});
beforeEach(async () => {
  await world.nats.jsm.streams.purge("REQUESTS");
  await world.pool.query("delete from schedules");
});

const portsWith = (more: Partial<SchedulePorts> = {}): SchedulePorts => ({
  ...world.ports,
  random: () => 0.5,
  limits: { minSeconds: 60, idleSeconds: 1_800, idlePushSeconds: 21_600 },
  ...more,
});
const run = (more: Partial<SchedulePorts> = {}) => runDueSchedules(portsWith(more), never);

async function givenDue(schedule: Schedule, plannedMs: number, ref?: AccountRef): Promise<AccountRef> {
  const account = ref ?? (await world.addAccount());
  await world.pool.query(
    "insert into schedules (account_id, tenant_id, schedule, next_run_at) values ($1, $2, $3, $4)",
    [account.accountId, account.tenantId, JSON.stringify(schedule), new Date(plannedMs)],
  );
  return account;
}

const givenState = ({ accountId, tenantId }: AccountRef, status = "connected") =>
  world.pool.query(
    `insert into account_states (account_id, tenant_id, watermark, last_synced_at, status, epoch, seq)
     values ($1, $2, '100', now(), $3, 1, 1)
     on conflict (account_id) do update set status = excluded.status`,
    [accountId, tenantId, status],
  );

const givenSync = (ref: AccountRef, id: string, columns: { endedAt: Date | null; listed?: number }) =>
  world.pool.query(
    `insert into syncs (id, tenant_id, account_id, status, mode, trigger, listed, ended_at, created_at, epoch, seq)
     values ($1, $2, $3, 'x', 'incremental', 'schedule', $4, $5, now(), 1, 1)
     on conflict (id) do update set ended_at = excluded.ended_at`,
    [id, ref.tenantId, ref.accountId, columns.listed ?? 0, columns.endedAt],
  );

interface Asked {
  readonly syncId: string;
  readonly trigger: string;
  readonly mode: string;
}

async function asked(of: AccountRef): Promise<Asked[]> {
  const { state } = await world.nats.jsm.streams.info("REQUESTS");
  const bodies: Asked[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await world.nats.jsm.streams.getMessage("REQUESTS", { seq });
    if (message?.subject === requestSubject(of)) bodies.push(message.json<Asked>());
  }
  return bodies;
}

async function rowOf({ accountId }: AccountRef) {
  const { rows } = await world.pool.query<{ next: Date | null; last: Date | null; seconds: number }>(
    `select next_run_at as next, last_run_at as last, interval_seconds as seconds from schedules where account_id = $1`,
    [accountId],
  );
  return rows[0] as (typeof rows)[0];
}

describe("runs that were missed", () => {
  it("are made up by one sync, and the rhythm goes on", async () => {
    const plannedMs = Date.now() - 50.5 * hourMs;
    const ref = await givenDue(hourly, plannedMs);
    await run();
    await run();
    expect(await asked(ref)).toMatchObject([
      {
        trigger: "schedule",
        mode: "auto",
        syncId: derivedSyncId(ref, "schedule", new Date(plannedMs).toISOString()),
      },
    ]);
    expect((await rowOf(ref)).next?.getTime()).toBe(plannedMs + 51 * hourMs);
  });

  it("while consent was lost are made up once it is back; until then nobody is asked, and nobody waits", async () => {
    const ref = await givenDue(hourly, Date.now() - 5.5 * hourMs);
    await givenState(ref, "reauth_required");
    await run();
    expect(await asked(ref)).toEqual([]);
    expect(await earliestRunMs(world.pool)).toBeNull();
    await givenState(ref);
    await run();
    await run();
    expect(await asked(ref)).toHaveLength(1);
  });
});

it("a crash between publishing and commit asks for the same sync again", async () => {
  const ref = await givenDue(hourly, Date.now() - 1_000);
  const published: string[] = [];
  const scope = {
    ...world.pool.ofAll(),
    connect: async () => {
      const client = await world.pool.connect();
      const query = client.query.bind(client) as (...all: unknown[]) => Promise<unknown>;
      return new Proxy(client, {
        get: (target, name) => {
          const dies = (...all: unknown[]) =>
            all[0] === "commit" ? Promise.reject(new Error("dead")) : query(...all);
          const value = name === "query" ? dies : Reflect.get(target, name);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  };
  const pool = { ...world.pool, ofAll: () => scope } as SchedulePorts["pool"];
  const publishRequest: SchedulePorts["publishRequest"] = async (to, request) => {
    published.push(request.syncId);
    await world.ports.publishRequest(to, request);
  };
  await expect(run({ pool, publishRequest })).rejects.toThrow("dead");
  await run({ publishRequest });
  expect(published).toHaveLength(2);
  expect(new Set(published).size).toBe(1);
  // The broker drops what comes again at once, and the log decides on the rest by its id.
  expect(new Set((await asked(ref)).map(({ syncId }) => syncId))).toEqual(new Set(published));
});

it("a request that cannot be published stays due, and keeps no other from its turn", async () => {
  const [bad, good] = [
    await givenDue(hourly, Date.now() - 2_000),
    await givenDue(hourly, Date.now() - 1_000),
  ];
  const publishRequest: SchedulePorts["publishRequest"] = async (to, request) => {
    if (to.accountId === bad.accountId) throw new Error("away");
    await world.ports.publishRequest(to, request);
  };
  expect(await run({ publishRequest })).toEqual({ claimed: 2, moved: 1 });
  expect([(await asked(bad)).length, (await asked(good)).length]).toEqual([0, 1]);
  await run();
  expect(await asked(bad)).toHaveLength(1);
});

it("while the sync of the last run has not ended, no other is asked for", async () => {
  const ref = await givenDue(hourly, Date.now() - 1_000);
  const due = () => world.pool.query("update schedules set next_run_at = now() - interval '1 second'");
  await run();
  const [first] = await asked(ref);
  await due();
  await run(); // no fact has reached it
  await givenSync(ref, first?.syncId ?? "", { endedAt: null });
  await due();
  await run(); // it runs
  expect(await asked(ref)).toHaveLength(1);
  await givenSync(ref, first?.syncId ?? "", { endedAt: new Date() });
  await due();
  await run();
  expect(await asked(ref)).toHaveLength(2);
});

it("two janitors at once run each schedule once", async () => {
  const refs = [];
  for (let i = 0; i < 100; i++) refs.push(await givenDue(hourly, Date.now() - 1_000));
  const runsOf = [0, 0];
  // Each begins when the other one has rows as well: else one may be through with all before the other has woken.
  const haveBegun = Promise.withResolvers<void>();
  const copies = [0, 1].map((copy) =>
    keepSchedules(
      portsWith({
        publishRequest: async (to, request) => {
          runsOf[copy] = (runsOf[copy] ?? 0) + 1;
          if (!runsOf.includes(0)) haveBegun.resolve();
          await haveBegun.promise;
          await world.ports.publishRequest(to, request);
        },
      }),
      async () => true,
    ),
  );
  const isDue = async () => ((await earliestRunMs(world.pool)) ?? 0) < Date.now();
  await expect.poll(isDue, { timeout: 20_000 }).toBe(false);
  await Promise.all(copies.map((copy) => copy.stop()));
  expect((runsOf[0] ?? 0) + (runsOf[1] ?? 0)).toBe(refs.length);
  expect(Math.min(...runsOf)).toBeGreaterThan(0);
  expect((await world.nats.jsm.streams.info("REQUESTS")).state.messages).toBe(refs.length);
});

it("a schedule that is not due yet is woken for", async () => {
  const ref = await givenDue(hourly, Date.now() + 700);
  const copy = keepSchedules(portsWith(), async () => true);
  await expect.poll(async () => (await asked(ref)).length, { timeout: 3_000, interval: 50 }).toBe(1);
  await copy.stop();
});

it("while this machine's clock is not to be trusted, none is run", async () => {
  const ref = await givenDue(hourly, Date.now() - 1_000);
  const isAsked = Promise.withResolvers<void>();
  const copy = keepSchedules(portsWith(), async () => {
    isAsked.resolve();
    return false;
  });
  await isAsked.promise;
  await copy.stop();
  expect(await asked(ref)).toEqual([]);
  expect((await earliestRunMs(world.pool)) ?? 0).toBeLessThan(Date.now());
});

describe("an adaptive schedule", () => {
  it("looks first, and asks for a sync only when something has changed", async () => {
    const [idle, busy, mute] = [
      await givenDue(adaptive, Date.now() - 1_000),
      await givenDue(adaptive, Date.now() - 1_000),
      await givenDue(adaptive, Date.now() - 1_000),
    ];
    for (const ref of [idle, busy, mute]) await givenState(ref);
    const answers = new Map([
      [idle.accountId, false],
      [busy.accountId, true],
    ]);
    await run({
      hasChanged: async ({ accountId }) => answers.get(accountId) ?? Promise.reject(new Error("away")),
    });
    expect(await asked(idle)).toEqual([]);
    expect(await asked(busy)).toHaveLength(1);
    expect(await asked(mute)).toHaveLength(1); // whoever cannot look asks for a sync
    expect([(await rowOf(idle)).seconds, (await rowOf(busy)).seconds]).toEqual([945, 60]);
    expect((await rowOf(idle)).last).not.toBeNull();
  });

  it("follows what the last sync found, and whether we are told of changes", async () => {
    const [changed, pushed, still] = [
      await givenDue(adaptive, Date.now() - 1_000),
      await givenDue(adaptive, Date.now() - 1_000),
      await givenDue(adaptive, Date.now() - 1_000),
    ];
    for (const ref of [changed, pushed, still]) await givenState(ref);
    await givenSync(changed, "syn_changed", { endedAt: new Date(), listed: 3 });
    await world.pool.query(
      `insert into watches (account_id, tenant_id, status, expires_at, credentials_version, due_at)
       values ($1, $2, 'active', now() + interval '1 day', 1, now())`,
      [pushed.accountId, pushed.tenantId],
    );
    await world.pool.query("update schedules set interval_seconds = 1500");
    await run();
    const seconds = await Promise.all(
      [changed, pushed, still].map(async (ref) => (await rowOf(ref)).seconds),
    );
    expect(seconds).toEqual([60, 3_000, 1_575]);
  });
});
