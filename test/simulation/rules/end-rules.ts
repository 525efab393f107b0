import { projectBatch, toMaps } from "@millrace/shared/projection/project-batch";
import { hasEnded, isAfter, noRows, type SyncView } from "@millrace/shared/projection/views";
import { withoutRemoved } from "@millrace/shared/projection/without-removed";
import type { World } from "../world.ts";
import { isExplained } from "./completion-rules.ts";
import { judgeMirror } from "./mirror-rules.ts";
import { judgeRemovals } from "./removal-rules.ts";

/** What holds whenever nothing moves any more: who waits, waits for a reason; nothing is left over. */
export function judgeRest(world: World): void {
  const { views } = world.database.tables;
  judgeRemovals(world);
  for (const { syncId, by, ref } of world.register.syncs.values()) {
    const view = views.syncs.get(syncId);
    // It has ended with its account, and with it whatever said so.
    if (world.database.tables.gone.has(ref.accountId)) continue;
    if (view === undefined)
      world.violate("I1: every request ends", `${syncId} (${by}) was accepted, and nobody knows it`);
    else if (!hasEnded(view) && !waitsForReason(world, view)) {
      world.violate("I1: every request ends", `${syncId} is ${view.status}, and nothing moves`);
    }
  }
  const left = [...world.broker.work.messages.values()];
  if (left.length > 0) {
    const items = left.map(({ subject, json }) => `${subject} ${JSON.stringify(json)}`);
    world.violate("the queue is empty at rest", `${left.length} are left: ${items.join("; ").slice(0, 500)}`);
  }
  for (const { account_id, watermark } of views.account_states.values()) {
    if (!world.database.tables.accounts.has(account_id)) continue;
    const highest = world.judge.watermarks.get(account_id) ?? 0;
    // Of what a second loss finds not restored yet, the watermark is forgotten, and the next sync is a full one.
    const isForgotten = watermark === null && world.broker.logLosses > 1;
    if (Number(watermark ?? 0) < highest && !isForgotten) {
      world.violate("I3: the watermark hides nothing", `it was ${highest}, and is ${watermark} at rest`);
    }
  }
}

function waitsForReason(world: World, view: SyncView): boolean {
  if (view.status === "paused") return view.paused !== null;
  if (view.status !== "queued") return false;
  // Behind one that is paused itself.
  return [...world.database.tables.views.syncs.values()].some(
    (other) => other.account_id === view.account_id && other.status === "paused" && other.id !== view.id,
  );
}

/** I9: views that are rebuilt from the events equal the live ones. */
function judgeViewsAreRebuilt(world: World): void {
  const { events, views } = world.database.tables;
  const ordered = [...events].sort((a, b) => (isAfter(a.position, b.position) ? 1 : -1));
  const rebuilt = toMaps(projectBatch(noRows, withoutRemoved([], ordered)));
  // Minutes hold what happened to accounts that were removed since, and the audit trail does not.
  const isAnyRemoved = [...views.account_states.values()].some(({ status }) => status === "removed");
  for (const table of [
    "syncs",
    "chunks",
    "account_states",
    "dead_letters",
    ...(isAnyRemoved ? [] : ["activity_minutes" as const]),
  ] as const) {
    const [live, anew]: Map<string, object>[] = [views[table], rebuilt[table]];
    if (live === undefined || anew === undefined) continue;
    for (const key of new Set([...live.keys(), ...anew.keys()])) {
      const [is, should] = [textOf(live.get(key)), textOf(anew.get(key))];
      if (is !== should)
        world.violate("I9: the views are disposable", `${table} ${key}: ${is} live, ${should} rebuilt`);
    }
  }
}

const textOf = (row: object | undefined): string =>
  row === undefined ? "none" : JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * At the very end, when all that was paused has gone on and dead letters were redriven: every sync has ended, and every
 * message has its place.
 */
export function judgeEnd(world: World): void {
  judgeViewsAreRebuilt(world);
  judgeRedriven(world);
  judgeMirror(world);
  const { views } = world.database.tables;
  for (const { syncId, ref } of world.register.syncs.values()) {
    const view = views.syncs.get(syncId);
    if (view === undefined) continue;
    if (!hasEnded(view)) world.violate("I1: every request ends", `${syncId} is ${view.status} at the end`);
    if (view.status !== "completed" && view.status !== "partial") continue;
    judgeLedger(world, view);
    if (!world.database.tables.accounts.has(ref.accountId)) continue;
    for (const id of world.judge.memory.listedIds(syncId)) {
      const isLetter = [...views.dead_letters.values()].some(({ provider_id }) => provider_id === id);
      if (!isExplained(world, id, isLetter)) {
        world.violate("I2: the ledger balances", `${id} was listed by ${syncId} and is nowhere`);
      }
    }
  }
}

function judgeLedger(world: World, view: SyncView): void {
  const { id, listed, stored, unchanged, gone, dead_lettered, status } = view;
  if (listed !== stored + unchanged + gone + dead_lettered || listed !== view.settled) {
    world.violate(
      "I2: the ledger balances",
      `${id} ended with ${JSON.stringify({ listed, stored, unchanged, gone, dead_lettered })}`,
    );
  }
  if ((status === "partial") !== dead_lettered > 0) {
    world.violate("I2: the ledger balances", `${id} is ${status} with ${dead_lettered} dead letters`);
  }
  const chunks = [...world.database.tables.views.chunks.values()].filter(({ sync_id }) => sync_id === id);
  const sum = (column: "stored" | "unchanged" | "gone" | "dead_lettered"): number =>
    chunks.reduce((total, chunk) => total + chunk[column], 0);
  if (world.broker.isLogDamaged) return;
  if (sum("stored") !== stored || sum("unchanged") !== unchanged || sum("dead_lettered") !== dead_lettered) {
    world.violate("I2: the ledger balances", `${id}: its chunks do not add up to it`);
  }
}

/** What was odd is like any other by now, and was redriven: no dead letter is left that nobody discarded. */
function judgeRedriven(world: World): void {
  const { views, accounts } = world.database.tables;
  for (const letter of views.dead_letters.values()) {
    if (!accounts.has(letter.account_id)) continue;
    if (letter.state === "open" || letter.state === "redriving") {
      world.violate(
        "redriven letters find their mail",
        `${letter.provider_id} of ${letter.sync_id} is ${letter.state}`,
      );
    }
  }
}
