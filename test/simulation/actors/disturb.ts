import { isAfter } from "@millrace/shared/projection/views";
import type { ConsumerName } from "../broker/memory-broker.ts";
import type { Disturbance } from "../plan/plan-schedule.ts";
import { tenantId } from "../tenant.ts";
import type { World } from "../world.ts";

const durationsMs = [1_000, 20_000, 90_000] as const;
const stallsMs = [31_000, 70_000, 130_000] as const;
const freezesMs = [70_000, 200_000, 500_000] as const;
const modes = ["auto", "full", "auto", "incremental"] as const;
const consumerNames: readonly ConsumerName[] = ["events", "bulk", "live", "list", "requests"];

/** Lets one planned thing happen, to whatever there is then. */
export function disturb(world: World, { kind, which, how }: Disturbance): void {
  const { broker, database, scheduler, person, register } = world;
  world.say?.(`── ${kind} (${which}, ${how})`);
  const ref = { tenantId, accountId: `a${which % world.mailboxes.size}` };
  const mailbox = world.mailboxes.get(ref.accountId);
  const sync = register.find(which);
  switch (kind) {
    case "mail_arrives":
      mailbox?.receive({ kind: "good", isLabelled: how % 2 === 1 });
      return;
    case "mail_leaves":
      mailbox?.lose(how);
      return;
    case "mail_changes":
      mailbox?.change(which, how);
      return;
    case "many_changes":
      for (let i = 0; i < 4 + (which % 40); i++) mailbox?.change(which + 3 * i, how + 11 * i);
      return;
    case "label_made":
      mailbox?.makeLabel();
      return;
    case "label_deleted":
      mailbox?.deleteLabel(how);
      return;
    case "history_forgotten":
      mailbox?.forgetHistory();
      return;
    case "push_storm":
      for (let i = 0; i < 2 + (how % 4); i++) {
        mailbox?.change(which + i, how + i);
        person.requestByEvent(ref, { name: `r${register.named++}`, isLabelled: false, mode: "auto" });
      }
      return;
    case "request":
      request(world, ref, which, how);
      return;
    case "request_again":
      if (sync !== null) person.askAgain(sync);
      return;
    case "junk_request":
      person.publishJunk(ref);
      return;
    case "kill": {
      const process = world.fleet.find(which);
      process === null ? undefined : world.kill(process);
      return;
    }
    case "stop": {
      const process = world.fleet.find(which);
      process === null ? undefined : world.fleet.stop(process, how % 2 === 1);
      return;
    }
    case "freeze": {
      const process = world.fleet.find(which);
      process === null ? undefined : scheduler.freeze(process, freezesMs[how % freezesMs.length] ?? 0);
      return;
    }
    case "freeze_writer":
      scheduler.freezeAt("writes messages", freezesMs[how % freezesMs.length] ?? 0);
      return;
    case "stall":
      stall(world, stallsMs[how % stallsMs.length] ?? 0);
      return;
    case "database_down":
      database.isDown = true;
      scheduler.at(scheduler.nowMs + (durationsMs[how % 3] ?? 0), null, () => {
        database.isDown = false;
      });
      return;
    case "broker_down":
      broker.down();
      scheduler.at(scheduler.nowMs + (durationsMs[how % 3] ?? 0), null, () => {
        broker.up();
        for (const projector of world.projectors) projector.lose();
      });
      return;
    case "redeliver": {
      const events = [...broker.events.messages.values()];
      const message = events[which % Math.max(1, events.length)];
      message === undefined ? undefined : broker.consumers.events.redeliver(message);
      return;
    }
    case "consumer_deleted":
      broker.recreateConsumer(consumerNames[which % consumerNames.length] ?? "events");
      return;
    case "work_purged":
      broker.wipe(broker.work, how % 2 === 1);
      return;
    case "work_dropped":
      broker.dropWork(1 + (how % 3));
      return;
    case "log_wiped":
      loseLog(world, () => {
        broker.wipe(broker.events, true);
        if (how % 2 === 1) for (const stream of [broker.work, broker.requests]) broker.wipe(stream, true);
        if (how % 4 === 3) world.mark = null;
      });
      return;
    case "log_restored":
      // An older copy of a log that is just being set right tells the database nothing: nobody can know of it.
      if (!isLogSetRight(world)) return;
      loseLog(world, () => broker.restoreLog(which % (broker.events.lastSeq + 1), how % 2 === 1));
      return;
    case "consent_lost":
      if (mailbox !== undefined) {
        mailbox.refusedVersion = database.tables.accounts.get(ref.accountId)?.credentialsVersion ?? 0;
      }
      return;
    case "consent_mended":
      if (mailbox !== undefined) mailbox.refusedVersion = null;
      return;
    case "account_removed":
      removeAccount(world, ref.accountId);
      return;
    case "removal":
      person.remove(ref);
      return;
    case "pause":
    case "resume":
    case "cancel":
    case "retry":
      sync === null ? undefined : person.control(kind, sync.ref, sync.syncId);
      return;
    case "reconnect":
      person.reconnect(ref);
      return;
    case "redrive":
      // Mostly somebody has seen to it before.
      if (mailbox !== undefined && how % 3 > 0) mailbox.isHealed = true;
      person.redrive(null);
      return;
    case "discard":
      person.discard(which);
      return;
    case "database_saved":
      database.save();
      return;
    case "database_restored":
      restoreDatabase(world);
      return;
  }
}

/** Everything that the log has is in the database, also what an earlier loss led to. */
function isLogSetRight({ broker, database: { tables } }: World): boolean {
  const { checkpoint, restorations } = tables;
  if (broker.logLosses === 0) return true;
  const isRead =
    checkpoint?.streamCreated === broker.events.created && checkpoint.seq === broker.events.lastSeq;
  return isRead && (checkpoint.epoch === 1 || restorations.has(checkpoint.epoch));
}

function request(
  world: World,
  ref: { tenantId: string; accountId: string },
  which: number,
  how: number,
): void {
  const name = `r${world.register.named++}`;
  const isLabelled = how % 4 === 3;
  const mode = isLabelled ? "auto" : (modes[Math.floor(how / 4) % modes.length] ?? "auto");
  const wish = { name, isLabelled, mode };
  if (which % 3 === 2) world.person.requestByEvent(ref, wish);
  else world.person.requestByApi(ref, wish);
}

/** The machine stands still for a while, and everybody with it: claims run out although their workers live. */
function stall({ scheduler }: World, ms: number): void {
  const untilMs = scheduler.nowMs + ms;
  scheduler.at(untilMs, null, () => {});
  while (scheduler.nowMs < untilMs) scheduler.fireNext();
}

/**
 * The database becomes an older copy of itself, and the fetchers are restarted with it. Nothing when the projection has
 * not moved since: then nobody can know of it. Requests that were not published yet are lost with their promise.
 */
function restoreDatabase({ database, register, projectors, fleet, mark }: World): void {
  const { backupCheckpoint } = database;
  if (backupCheckpoint === null || mark === null || !isAfter(mark, backupCheckpoint)) return;
  database.restore();
  for (const sync of [...register.syncs.values()]) if (!sync.isPublished) register.release(sync.syncId);
  for (const projector of projectors) projector.kill();
  fleet.killFetchers();
}

/** With it go the requests that were written down for it; of those that nobody knows yet nothing is left. */
function removeAccount({ database: { tables }, register }: World, accountId: string): void {
  tables.accounts.delete(accountId);
  tables.lines.delete(accountId);
  for (const [syncId, row] of tables.requests)
    if (row.accountId === accountId) tables.requests.delete(syncId);
  for (const { syncId, ref } of [...register.syncs.values()]) {
    if (ref.accountId === accountId && !tables.views.syncs.has(syncId)) register.release(syncId);
  }
}

/**
 * What only the lost part of the log knew is lost: requests that other services published, if no view and no queue has
 * them any more.
 */
function loseLog(world: World, lose: () => void): void {
  lose();
  for (const { syncId, by } of [...world.register.syncs.values()]) {
    const isKnown = world.database.tables.views.syncs.has(syncId);
    if (by === "event" && !isKnown) world.register.release(syncId);
  }
  world.judge.logChanged();
  for (const projector of world.projectors) projector.lose();
}
