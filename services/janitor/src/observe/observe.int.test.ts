import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { publishWork } from "@millrace/shared/nats/publish-work";
import { readBrokerStanding, readLogLag } from "@millrace/shared/nats/read-broker-standing";
import { consentSoonDays } from "@millrace/shared/providers/consent-soon-days";
import { enqueueChunk } from "@millrace/shared/steps/cut-chunks";
import { givenActive, givenPage, givenStarted } from "@millrace/shared/testing/given";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { readDatabaseStanding } from "./read-database-standing.ts";
import { readRetentionStanding } from "./read-retention-standing.ts";

let world: TestWorld;
let ref: AccountRef;
let syncId: string;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.stop();
});
beforeEach(async () => {
  ref = await world.addAccount();
  syncId = newId("syn");
  await world.pool.query("delete from syncs");
});

const standing = () => readDatabaseStanding(world.pool);
const set = (columns: string) => world.pool.query(`update syncs set ${columns} where id = $1`, [syncId]);

describe("how the views stand", () => {
  it("counts syncs of all tenants that have not ended, and calls those stalled that do not move", async () => {
    await world.append(ref, givenStarted(givenActive(syncId)));
    await world.project();
    expect(await standing()).toMatchObject({ syncs: { running: 1 }, stalled: 0, imbalance: 0 });
    await world.pool.query("update events set happened_at = now() - interval '11 minutes'");
    expect((await standing()).stalled).toBe(1);
    // Its next attempt is due later: it waits.
    await set(`trouble = jsonb_build_object('nextAt', now() + interval '1 minute')`);
    expect((await standing()).stalled).toBe(0);
    await set(`trouble = null, status = 'paused'`);
    expect(await standing()).toMatchObject({ syncs: { paused: 1 }, stalled: 0 });
  });

  it("adds up what no ledger explains, of a day", async () => {
    await world.append(ref, givenStarted(givenActive(syncId)));
    await world.project();
    await set("status = 'completed', ended_at = now(), listed = 10, stored = 6, gone = 4");
    expect((await standing()).imbalance).toBe(0);
    await set("gone = 1");
    expect((await standing()).imbalance).toBe(3);
    await set("stored = 12");
    expect((await standing()).imbalance).toBe(3);
    await set("ended_at = now() - interval '2 days'");
    expect((await standing()).imbalance).toBe(0);
  });

  it("counts webhooks that are late at endpoints that are not left alone, and endpoints that fail for long", async () => {
    await world.pool.query(
      `insert into webhook_endpoints (id, tenant_id, url, events, sealed_secret) values ('we', 'acme', '', '{a}', '')`,
    );
    await world.pool.query(
      `insert into webhook_deliveries (id, tenant_id, endpoint_id, type, body, state, due_at)
       values ('wd', 'acme', 'we', 'a', '{}', 'pending', now() - interval '10 minutes')`,
    );
    expect(await standing()).toMatchObject({ webhooksOverdue: 1, endpointsFailing: 0 });
    await world.pool.query(
      "update webhook_endpoints set open_until = now() + interval '1 minute', failing_since = now() - interval '2 hours'",
    );
    expect(await standing()).toMatchObject({ webhooksOverdue: 0, endpointsFailing: 1 });
  });
});

describe("how what the janitor does by itself stands", () => {
  const connected = () =>
    world.pool.query(
      `insert into account_states (account_id, tenant_id, watermark, status, epoch, seq) values ($1, $2, '1', 'connected', 1, 1)
       on conflict (account_id) do update set status = excluded.status`,
      [ref.accountId, ref.tenantId],
    );
  const comparison = (id: string, columns: string, values: string) =>
    world.pool.query(
      `insert into verifications (id, tenant_id, account_id, repair, trigger, position, ${columns})
       values ($1, $2, $3, true, 'schedule', '{}', ${values})`,
      [`${id}.${ref.accountId}`, ref.tenantId, ref.accountId],
    );

  it("counts comparisons that run, failed of late, or are overdue though nothing is in their way", async () => {
    await world.pool.query("delete from verifications");
    await connected();
    await world.pool.query(
      `insert into verification_turns (account_id, tenant_id, every_days, due_at)
       values ($1, $2, 7, now() - interval '25 hours')`,
      [ref.accountId, ref.tenantId],
    );
    await comparison("failed", "status, ended_at", "'failed', now() - interval '1 hour'");
    await comparison("old", "status, ended_at", "'failed', now() - interval '2 days'");
    expect((await standing()).verifications).toEqual({ running: 0, overdue: 1, failed: 1 });
    await comparison("now", "status", "'running'");
    expect((await standing()).verifications).toEqual({ running: 1, overdue: 0, failed: 1 });
    await world.pool.query("delete from verifications where status = 'running'");
    await world.pool.query("update account_states set status = 'reauth_required' where account_id = $1", [
      ref.accountId,
    ]);
    expect((await standing()).verifications).toMatchObject({ overdue: 0 });
  });

  it("counts mailboxes that can be read for as long as a consent that ends soon, because the consent to them ends", async () => {
    await connected();
    const end = (days: number) =>
      world.pool.query(
        "update accounts set consent_ends_at = now() + make_interval(mins => $2) where id = $1",
        [ref.accountId, Math.round(days * 1_440)],
      );
    const ending = async () => (await standing()).consentsEnding;
    expect(await ending()).toBe(0);
    await end(consentSoonDays + 0.1);
    expect(await ending()).toBe(0);
    await end(consentSoonDays - 0.1);
    expect(await ending()).toBe(1);
    await world.pool.query("update account_states set status = 'reauth_required' where account_id = $1", [
      ref.accountId,
    ]);
    expect(await ending()).toBe(0);
  });

  it("calls an account drifting while the newest comparison says so", async () => {
    await comparison("a", "status, ended_at, drifts_in_row", "'completed', now() - interval '3 hours', 1");
    expect((await standing()).accountsDrifting).toBe(0);
    await comparison("b", "status, ended_at, drifts_in_row", "'completed', now() - interval '2 hours', 2");
    await comparison("c", "status, ended_at", "'failed', now() - interval '1 hour'");
    expect((await standing()).accountsDrifting).toBe(1);
    await comparison("d", "status, ended_at, drifts_in_row", "'completed', now(), 0");
    expect((await standing()).accountsDrifting).toBe(0);
  });

  it("counts schedules that nobody looks at, not those of accounts that refuse us", async () => {
    await world.pool.query(
      "insert into schedules (account_id, tenant_id, next_run_at) values ($1, $2, now() - interval '11 minutes')",
      [ref.accountId, ref.tenantId],
    );
    expect((await standing()).schedulesOverdue).toBe(1);
    await connected();
    await world.pool.query("update account_states set status = 'reauth_required'");
    expect((await standing()).schedulesOverdue).toBe(0);
  });

  it("tells of each task of retention when it was completed, how often it failed since, and how long it has run", async () => {
    const run = (id: string, state: string, minutesAgo: number, askedBy: string | null = null) =>
      world.pool.query(
        `insert into retention_runs (id, task, dry_run, asked_by, state, requested_at, started_at, ended_at)
         values ($1, 'blobs', false, $4, $2, now(), now() - make_interval(mins => $3),
           case when $2 <> 'running' then now() - make_interval(mins => $3) end)`,
        [id, state, minutesAgo, askedBy],
      );
    const periods = { RETENTION_SECONDS: 21_600, RETENTION_SCHEDULES: { blobs: 3_600 } };
    const read = async () => {
      const tasks = await readRetentionStanding(world.pool, periods);
      return Object.fromEntries(tasks.map(({ task, ...more }) => [task, more]));
    };
    await world.pool.query("delete from retention_runs");
    expect((await read()).blobs).toEqual({
      everySeconds: 3_600,
      completedAt: null,
      failures: 0,
      runningSeconds: 0,
    });
    expect((await read()).syncs?.everySeconds).toBe(21_600);
    await run("f0", "failed", 300);
    await run("done", "completed", 200);
    await run("f1", "failed", 100);
    await run("f2", "failed", 50);
    await run("asked", "failed", 40, "key");
    await run("asked-done", "completed", 30, "key");
    await run("now", "running", 90);
    const { completedAt, failures, runningSeconds } = (await read()).blobs ?? {};
    expect(failures).toBe(2);
    expect(Math.abs(Date.now() / 1_000 - (completedAt ?? 0) - 200 * 60)).toBeLessThan(30);
    expect(Math.abs((runningSeconds ?? 0) - 90 * 60)).toBeLessThan(30);
  });
});

describe("how the broker stands", () => {
  it("tells of depth and oldest work of each lane; what is not due yet does not count", async () => {
    const active = givenActive(syncId);
    const page = givenPage(0, 300, { syncId, nextPageToken: null });
    const put = (chunk: number, dueAtMs: number | null) =>
      publishWork(world.nats, { ...enqueueChunk({ ref, active }, page, chunk, newId("syn")), dueAtMs });
    await put(2, Date.now() + 600_000);
    expect((await readBrokerStanding(world.nats, Date.now() + 5_000)).oldestWorkMs).toEqual({
      live: 0,
      bulk: 0,
      list: 0,
    });
    await put(0, null);
    await put(1, null);
    const seen = await readBrokerStanding(world.nats, Date.now() + 5_000);
    expect(seen.oldestWorkMs.bulk).toBeGreaterThan(4_000);
    expect(seen.oldestWorkMs.list).toBe(0);
    const pending = Object.fromEntries(seen.consumers.map((one) => [one.name, one.pending]));
    expect((pending["fetcher-live"] ?? 0) + (pending["fetcher-bulk"] ?? 0)).toBe(2);
    const log = seen.streams.find(({ name }) => name === "EVENTS");
    expect(log?.bytesMax).toBe(64 * 1024 ** 2);
    expect(log?.messages).toBeGreaterThan(0);
  });

  it("tells how many facts the views lack, and how old the oldest is", async () => {
    const applied = await world.append(ref, givenStarted(givenActive(syncId)));
    await world.append(ref, givenPage(0, 5, { syncId }));
    const { created } = await world.nats.jsm.streams.info("EVENTS");
    const lagAt = (seq: number | null, streamCreated = created) =>
      readLogLag(world.nats, async () => (seq === null ? null : { seq, streamCreated }), Date.now() + 9_000);
    expect((await lagAt(applied)).facts).toBe(1);
    expect((await lagAt(applied)).ageMs).toBeGreaterThan(8_000);
    expect(await lagAt(applied + 1)).toEqual({ facts: 0, ageMs: 0 });
    // Another log, or none that was ever applied: all of it is missing.
    expect((await lagAt(applied + 1, "another")).facts).toBe(applied + 1);
    expect((await lagAt(null)).facts).toBe(applied + 1);
    // The newest facts went with an account that was removed.
    await world.nats.jsm.streams.purge("EVENTS", { filter: "evt.*.*.page.>" });
    expect(await lagAt(applied)).toEqual({ facts: 0, ageMs: 0 });
  });
});
