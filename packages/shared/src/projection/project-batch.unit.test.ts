import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  activityKey,
  foldEvent,
  type PositionedEvent,
  projectBatch,
  type RowMaps,
  rowsTouchedBy,
  toMaps,
} from "./project-batch.ts";
import { randomHistory } from "./testing/random-history.ts";
import { shownHandled } from "./testing/shown-handled.ts";
import {
  type ActivityView,
  type ChunkView,
  hasEnded,
  isAfter,
  noRows,
  type SyncView,
  type ViewRows,
} from "./views.ts";

const runs = { numRuns: 60 };
const choices = fc.array(fc.noBias(fc.nat(2 ** 30)), { maxLength: 120, size: "max" });

/** Folds events in batches of the given sizes over rows that travel as JSON, as between the projector and Postgres. */
function projectInBatches(events: readonly PositionedEvent[], sizes: readonly number[]): RowMaps {
  const stored = toMaps(noRows);
  let start = 0;
  for (let i = 0; start < events.length; i++) {
    const batch = events.slice(start, start + (sizes[i % sizes.length] ?? 1));
    start += batch.length;
    store(stored, projectBatch(touchedRows(stored, batch), batch));
  }
  return stored;
}

function touchedRows(stored: RowMaps, batch: readonly PositionedEvent[]): ViewRows {
  const { syncIds, chunkKeys, accountIds, letterIds, activityKeys } = rowsTouchedBy(batch);
  const pick = <V>(rows: Map<string, V>, keys: readonly string[]): V[] =>
    keys.flatMap((key) => rows.get(key) ?? []);
  return {
    syncs: pick(stored.syncs, syncIds),
    chunks: pick(
      stored.chunks,
      chunkKeys.map(({ syncId, chunkIndex }) => `${syncId}/${chunkIndex}`),
    ),
    account_states: pick(stored.account_states, accountIds),
    dead_letters: pick(stored.dead_letters, letterIds),
    activity_minutes: pick(
      stored.activity_minutes,
      activityKeys.map(({ tenantId, minute }) => activityKey(tenantId, minute)),
    ),
  };
}

function store(stored: RowMaps, changed: ViewRows): void {
  const maps = toMaps(JSON.parse(JSON.stringify(changed)));
  for (const table of ["syncs", "chunks", "account_states", "dead_letters", "activity_minutes"] as const) {
    for (const [key, row] of maps[table]) (stored[table] as Map<string, object>).set(key, row);
  }
}

function project(events: readonly PositionedEvent[]): RowMaps {
  return projectInBatches(events, [1]);
}

const sum = (rows: readonly ChunkView[], column: keyof ChunkView): number =>
  rows.reduce((total, row) => total + Number(row[column]), 0);

describe("the projection of any history", () => {
  it("does not depend on how the log is cut into batches", () => {
    fc.assert(
      fc.property(
        choices,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
        (chosen, sizes) => {
          const events = randomHistory(chosen);
          expect(projectInBatches(events, sizes)).toEqual(project(events));
        },
      ),
      runs,
    );
  });

  it("is not changed by events that it has seen, wherever their repetition begins and ends", () => {
    fc.assert(
      fc.property(choices, fc.nat(80), fc.nat(80), (chosen, from, length) => {
        const events = randomHistory(chosen);
        const rows = project(events);
        const before = structuredClone(rows);
        for (const event of events.slice(from, from + length)) foldEvent(rows, event);
        expect(rows).toEqual(before);
      }),
      runs,
    );
  });

  it("never goes backwards, and what has ended stays ended, but for a partial sync that is mended", () => {
    fc.assert(
      fc.property(choices, (chosen) => {
        const rows = toMaps(noRows);
        const seen = new Map<string, SyncView>();
        const shown = new Map<string, number>();
        for (const event of randomHistory(chosen)) {
          foldEvent(rows, event);
          for (const [id, view] of rows.syncs) {
            expectOnwards(seen.get(id), view);
            seen.set(id, view);
            expectNoLess(shown, view, rows);
          }
        }
      }),
      runs,
    );
  });

  it("says nothing of an attempt that failed as soon as anything is dealt with, or since when that has not been so", () => {
    fc.assert(
      fc.property(choices, (chosen) => {
        const rows = toMaps(noRows);
        const grownAt = new Map<string, string>();
        for (const positioned of randomHistory(chosen)) {
          const shown = (view: SyncView) => shownHandled(view, rows.chunks.values());
          const before = new Map([...rows.syncs].map(([id, view]) => [id, shown(view)]));
          foldEvent(rows, positioned);
          for (const [id, view] of rows.syncs) {
            if (shown(view) > (before.get(id) ?? 0)) grownAt.set(id, positioned.event.time);
            const since = view.trouble?.since ?? null;
            if (since !== null) expect(since >= (grownAt.get(id) ?? since), id).toBe(true);
          }
        }
      }),
      runs,
    );
  });

  it("has chunks that add up to their sync, and dead letters that add up to both", () => {
    fc.assert(
      fc.property(choices, (chosen) => {
        const rows = toMaps(noRows);
        for (const event of randomHistory(chosen)) foldEvent(rows, event);
        for (const view of rows.syncs.values()) {
          const chunks = [...rows.chunks.values()].filter((chunk) => chunk.sync_id === view.id);
          for (const column of ["stored", "unchanged", "gone", "dead_lettered"] as const) {
            expect([view.id, column, sum(chunks, column)]).toEqual([view.id, column, view[column]]);
          }
          expect(chunks).toHaveLength(view.chunks_listed);
          expect(chunks.filter((chunk) => chunk.settled_at !== null)).toHaveLength(view.chunks_settled);
          const letters = [...rows.dead_letters.values()].filter(({ sync_id }) => sync_id === view.id);
          expect(letters.filter(({ state }) => state !== "resolved")).toHaveLength(view.dead_lettered);
        }
      }),
      runs,
    );
  });

  it("has minutes that add up to their syncs", () => {
    fc.assert(
      fc.property(choices, (chosen) => {
        const rows = project(randomHistory(chosen));
        const minutes = [...rows.activity_minutes.values()];
        const total = (count: (view: ActivityView) => number): number =>
          minutes.reduce((all, view) => all + count(view), 0);
        const syncs = [...rows.syncs.values()];
        const messages = total(({ slices }) => slices.reduce((all, count) => all + count, 0));
        expect(messages).toBe(syncs.reduce((all, { settled }) => all + settled, 0));
        expect(total((view) => view.syncs_started)).toBe(
          syncs.filter(({ started_at }) => started_at !== null).length,
        );
        expect(total(endings)).toBe(syncs.filter(hasEnded).length);
        expect(total((view) => view.dead_lettered)).toBe(rows.dead_letters.size);
      }),
      runs,
    );
  });

  it("shows what the newest course says of the syncs that have not ended", () => {
    fc.assert(
      fc.property(choices, (chosen) => {
        const events = randomHistory(chosen);
        const rows = project(events);
        for (const [accountId, { active, waiting, held, consentLost }] of newestCourses(events)) {
          const account = rows.account_states.get(accountId);
          expect(account).toMatchObject({
            status: consentLost === null ? "connected" : "reauth_required",
            active_sync_id: active?.syncId ?? null,
          });
          for (const { syncId } of [...(active === null ? [] : [active]), ...waiting]) {
            const isHeld = held.some((hold) => hold.syncId === syncId);
            const isPaused = isHeld || consentLost !== null;
            const going = syncId === active?.syncId ? "running" : "queued";
            const view = rows.syncs.get(syncId);
            expect(view?.status).toBe(isPaused ? "paused" : going);
            expect(view?.paused?.reason).toBe(isHeld ? "requested" : isPaused ? "consent_lost" : undefined);
          }
          const going = [...rows.syncs.values()].filter(
            (view) => view.account_id === accountId && !hasEnded(view),
          );
          expect(going).toHaveLength(waiting.length + (active === null ? 0 : 1));
        }
      }),
      runs,
    );
  });

  it("keeps its numbers in a later epoch, when the log was restored from an older copy and went another way", () => {
    fc.assert(
      fc.property(choices, choices, fc.nat(150), (chosen, other, kept) => {
        const rows = project(randomHistory(chosen));
        const seen = new Map(rows.syncs);
        const shown = new Map<string, number>();
        for (const view of rows.syncs.values()) expectNoLess(shown, view, rows);
        // The same beginning; what an earlier epoch knows is left out, as the projector leaves it out.
        const again = randomHistory([...chosen.slice(0, kept), ...other], { epoch: 2, id: "f" });
        for (const event of again) {
          foldEvent(rows, event);
          for (const [id, view] of rows.syncs) {
            expectOnwards(seen.get(id), view);
            seen.set(id, view);
            expectNoLess(shown, view, rows);
          }
        }
      }),
      runs,
    );
  });
});

const endings = (view: ActivityView): number =>
  view.syncs_completed + view.syncs_partial + view.syncs_failed + view.syncs_cancelled + view.syncs_coalesced;

function newestCourses(events: readonly PositionedEvent[]) {
  return new Map(
    events.flatMap(({ event: { accountId, fact } }) =>
      "course" in fact ? [[accountId, fact.course] as const] : [],
    ),
  );
}

/** Plain comparisons: they are made for each row after each event. */
function expectOnwards(before: SyncView | undefined, after: SyncView): void {
  if (before === undefined || before === after) return;
  const isSmaller = (["listed", "chunks_listed", "settled", "chunks_settled"] as const).some(
    (column) => after[column] < before[column],
  );
  const isMended = before.status === "partial" && after.status === "completed" && after.dead_lettered === 0;
  const isReopened =
    hasEnded(before) && ((after.status !== before.status && !isMended) || after.ended_at !== before.ended_at);
  if (isSmaller || isReopened || !isAfter(after, before)) expect(after, "goes on from").toEqual(before);
}

/** What is shown as dealt with, that of open chunks as well. */
function expectNoLess(shown: Map<string, number>, view: SyncView, rows: RowMaps): void {
  const now = shownHandled(view, rows.chunks.values());
  expect(now, view.status).toBeGreaterThanOrEqual(shown.get(view.id) ?? 0);
  expect(now).toBeLessThanOrEqual(view.listed);
  shown.set(view.id, now);
}
