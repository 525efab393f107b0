import type { AccountRef } from "@millrace/shared/events/subjects";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { tellEndingConsents } from "./tell-ending-consents.ts";

const dayMs = 86_400_000;
const endMs = Date.parse("2026-06-08T12:00:00.000Z");
let world: TestWorld;
let ref: AccountRef;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());
beforeEach(async () => {
  await world.pool.query("update accounts set consent_ends_at = null");
  ref = await world.addAccount();
});

const endAt = (ms: number) =>
  world.pool.query("update accounts set consent_ends_at = $2, consent_told_at = null where id = $1", [
    ref.accountId,
    new Date(ms),
  ]);
const lookBefore = (days: number, more: Partial<TestWorld["ports"]> = {}) =>
  tellEndingConsents({ ...world.ports, ...more, nowMs: () => endMs - days * dayMs });
const told = async () => (await world.factsOf(ref)).filter(({ type }) => type === "account.consent_ending");

it("a consent that ends is told of once, three days before; the next one of the mailbox is another", async () => {
  await endAt(endMs);
  expect(await lookBefore(3.1)).toBe(0);
  expect(await lookBefore(2.9)).toBe(1);
  expect(await lookBefore(2.8)).toBe(0);
  await endAt(endMs + dayMs);
  expect(await lookBefore(2)).toBe(1);
  const type = "account.consent_ending";
  expect(await told()).toEqual([
    { type, endsAt: "2026-06-08T12:00:00.000Z" },
    { type, endsAt: "2026-06-09T12:00:00.000Z" },
  ]);
});

it("a mailbox that refuses us already, and one that is being removed, have nothing told of their end", async () => {
  await endAt(endMs);
  await world.pool.query(
    "insert into account_states (account_id, tenant_id, status, epoch, seq) values ($1, $2, 'reauth_required', 1, 1)",
    [ref.accountId, ref.tenantId],
  );
  expect(await lookBefore(1)).toBe(0);
  await world.pool.query("delete from account_states where account_id = $1", [ref.accountId]);
  await world.pool.query("update accounts set removing_at = now() where id = $1", [ref.accountId]);
  expect(await lookBefore(1)).toBe(0);
  await world.pool.query("update accounts set removing_at = null where id = $1", [ref.accountId]);
  expect(await lookBefore(-1)).toBe(0); // it is over: syncs say so
});

it("what cannot be told, because the broker is away, is told by the next look; a death before the mark tells nothing twice", async () => {
  await endAt(endMs);
  const away = async () => {
    throw new Error("away");
  };
  expect(await lookBefore(2, { append: away })).toBe(0);
  const dying: TestWorld["ports"]["append"] = async (effect) => {
    await world.ports.append(effect);
    throw new Error("killed");
  };
  expect(await lookBefore(2, { append: dying })).toBe(0);
  expect(await lookBefore(2)).toBe(1);
  expect(await told()).toHaveLength(1);
});
