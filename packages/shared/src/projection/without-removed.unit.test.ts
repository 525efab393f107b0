import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idleCourse } from "../events/account-course.ts";
import { removeAccount } from "../events/evolve-course.ts";
import type { Fact } from "../events/facts.ts";
import { projectAccount } from "./project-account.ts";
import { type PositionedEvent, projectBatch } from "./project-batch.ts";
import { at, course, pageOf, started } from "./testing/given.ts";
import { noRows } from "./views.ts";
import { withoutRemoved } from "./without-removed.ts";

const asked = { requestedAt: at, requestId: "req-1" };
const requested: Fact = {
  type: "account.removal_requested",
  requestId: "req-1",
  cancelled: ["s1"],
  course: removeAccount(course, asked),
};
const removed: Fact = {
  type: "account.removed",
  ...asked,
  watch: "stopped",
  grant: "revoked",
  messages: 3,
  attachments: 1,
  blobs: 1,
  events: 5,
  course: { ...idleCourse, removal: { ...asked, removedAt: at } },
};
const note: Fact = { type: "request.republished", syncId: "s1", reason: "" };

const eventsOf = (facts: readonly Fact[], accountId = "acc_1", after = 0): PositionedEvent[] =>
  facts.map((fact, i) => ({
    position: { epoch: 1, seq: after + i + 1 },
    event: { id: `e${after + i}`, tenantId: "acme", accountId, time: at, source: "test", fact },
  }));
const typesOf = (events: readonly PositionedEvent[]) => events.map(({ event }) => event.fact.type);
const viewOf = (events: readonly PositionedEvent[]) =>
  events.reduce<ReturnType<typeof projectAccount>>(
    (view, { event, position }) => projectAccount(view, event, position),
    null,
  );

describe("of an account that was removed", () => {
  it("nothing counts that comes after the fact that says so, in the same batch or in a later one", () => {
    const all = eventsOf([started, requested, removed, note, pageOf(1), started, removed]);
    expect(typesOf(withoutRemoved([], all))).toEqual([
      "sync.started",
      "account.removal_requested",
      "account.removed",
      "account.removed",
    ]);
    const view = viewOf(all.slice(0, 3));
    expect(typesOf(withoutRemoved(view === null ? [] : [view], all.slice(3)))).toEqual(["account.removed"]);
  });

  it("the view says nothing of what it was, whatever came before", () => {
    const histories = [[removed], [requested, removed], [started, pageOf(0), requested, removed]];
    const views = histories.map((facts) => viewOf(eventsOf(facts)));
    for (const view of views)
      expect({ ...view, seq: 0 }).toEqual({
        account_id: "acc_1",
        tenant_id: "acme",
        status: "removed",
        status_since: at,
        status_message: null,
        active_sync_id: null,
        watermark: null,
        last_sync_id: null,
        last_synced_at: null,
        forgotten_until: null,
        epoch: 1,
        seq: 0,
      });
  });

  it("the others lose nothing, however their facts are mixed and cut into batches", () => {
    const mixed = fc.array(
      fc.tuple(fc.constantFrom("acc_1", "acc_2"), fc.constantFrom(note, removed, requested)),
    );
    fc.assert(
      fc.property(mixed, fc.nat(5), (told, size) => {
        const events = told.flatMap(([accountId, fact], i) => eventsOf([fact], accountId, i));
        let states = noRows;
        const kept: PositionedEvent[] = [];
        for (let i = 0; i < events.length; i += size + 1) {
          const batch = withoutRemoved(states.account_states, events.slice(i, i + size + 1));
          kept.push(...batch);
          const { account_states: changed } = projectBatch(states, batch);
          const others = states.account_states.filter(
            (one) => !changed.some((row) => row.account_id === one.account_id),
          );
          states = { ...noRows, account_states: [...others, ...changed] };
        }
        expect(kept).toEqual(withoutRemoved([], events));
        for (const accountId of ["acc_1", "acc_2"]) {
          const own = events.filter(({ event }) => event.accountId === accountId);
          const first = own.findIndex(({ event }) => event.fact.type === "account.removed");
          const before = first === -1 ? own : own.slice(0, first + 1);
          const keptOwn = kept.filter(({ event }) => event.accountId === accountId);
          expect(keptOwn.slice(0, before.length)).toEqual(before);
          expect(typesOf(keptOwn.slice(before.length)).every((type) => type === "account.removed")).toBe(
            true,
          );
        }
      }),
    );
  });
});

describe("an account whose removal was asked for", () => {
  it("ends its syncs as cancelled, and is shown as being removed", () => {
    const { syncs, account_states } = projectBatch(noRows, eventsOf([started, requested]));
    expect(syncs).toMatchObject([{ id: "s1", status: "cancelled", ended_at: at }]);
    expect(account_states).toMatchObject([{ status: "removing", status_since: at, active_sync_id: null }]);
  });
});
