import type { Fact } from "@millrace/shared/events/facts";
import { parseAccountRef } from "@millrace/shared/events/subjects";
import { saysRemoved } from "@millrace/shared/projection/without-removed";
import type { StoredMessage } from "../broker/memory-stream.ts";
import type { World } from "../world.ts";

const rule = "nothing is left of a removed account";

/**
 * At rest every removal that was asked for has come to its end: of the account there is the fact that says so, its view, and
 * nothing else, in no table and no stream. Whatever was written late is gone as well.
 */
export function judgeRemovals(world: World): void {
  const { tables } = world.database;
  for (const { accountId, isRemoving } of tables.accounts.values())
    if (isRemoving === true) world.violate("I1: every request ends", `the removal of ${accountId} does not`);
  for (const [accountId, { status }] of tables.views.account_states) {
    if (status === "removing")
      world.violate("I1: every request ends", `the removal of ${accountId} does not`);
    if (status !== "removed") continue;
    if (tables.removals.has(accountId) || tables.accounts.has(accountId))
      world.violate("I1: every request ends", `the removal of ${accountId} does not`);
    for (const trace of tracesOf(world, accountId)) world.violate(rule, `${accountId}: ${trace}`);
  }
}

function tracesOf({ broker, database: { tables } }: World, accountId: string): string[] {
  const { views } = tables;
  const keyed = Object.entries({
    messages: tables.messages,
    tombstones: tables.tombstones,
    labels: tables.labels,
    removed_labels: tables.removedLabels,
    verifications: tables.verifications,
  });
  const ofKeys = keyed.flatMap(([table, rows]) =>
    [...rows.keys()]
      .filter((key) => key.startsWith(`${accountId}-`) || key.startsWith(`${accountId}/`))
      .map((key) => `${table} has ${key}`),
  );
  const viewed = [...views.syncs.values(), ...views.chunks.values(), ...views.dead_letters.values()];
  const ofViews = viewed.filter((row) => row.account_id === accountId).map(() => "a view has a row of it");
  const ofTrail = tables.events
    .filter(({ event }) => event.accountId === accountId && !saysRemoved(event))
    .map(({ event }) => `the audit trail has ${event.fact.type}`);
  const isOf = ({ subject }: StoredMessage): boolean => parseAccountRef(subject)?.accountId === accountId;
  const ofLog = [...broker.events.messages.values()]
    .filter((message) => isOf(message) && !saysRemoved({ fact: message.json as Fact }))
    .map(({ json }) => `the log has ${(json as Fact).type}`);
  const ofQueues = [...broker.work.messages.values(), ...broker.requests.messages.values()]
    .filter(isOf)
    .map(({ subject }) => `${subject} is queued`);
  return [...ofKeys, ...ofViews, ...ofTrail, ...ofLog, ...ofQueues];
}
