import { hiddenAs, type MailboxMessage } from "../provider/mailbox.ts";
import type { World } from "../world.ts";

const rule = "I3: the watermark hides nothing";

/**
 * Of what has not changed since the watermark, the store shows just what the mailbox has: each message that a listing
 * shows, with its labels, and no other. What was set aside may be missing.
 */
export function judgeUpTo(
  world: World,
  accountId: string,
  watermark: number,
  isLetter: (id: string) => boolean,
): void {
  const mailbox = world.mailboxes.get(accountId);
  for (const message of mailbox?.messages ?? []) {
    if (message.changedAt > watermark || isLetter(message.id)) continue;
    // That a label was deleted is no change: it is looked for with the next ones.
    const isThere = (label: string): boolean => mailbox?.labels.has(label) === true || isSystem(label);
    const difference = differenceOf(world, message, isThere);
    if (difference !== null) {
      world.violate(
        rule,
        `${message.id} changed at ${message.changedAt}, ${watermark} is settled: ${difference}`,
      );
    }
  }
}

/** At the very end the store shows what the mailbox has, message by message and label by label. */
export function judgeMirror(world: World): void {
  const { tables } = world.database;
  for (const { accountId, messages, labels } of world.mailboxes.values()) {
    if (!tables.accounts.has(accountId)) continue;
    for (const message of messages) {
      const isMissing = tables.messages.get(message.id)?.deletedWhy !== null;
      if (isMissing && world.judge.memory.discarded.has(message.id)) continue;
      // An old record may bring back a label that was deleted since: the next look at the labels takes it away.
      const isCounted = (label: string): boolean =>
        labels.has(label) || !tables.removedLabels.has(`${accountId}/${label}`);
      const difference = differenceOf(world, message, isCounted);
      if (difference !== null) world.violate("the store is up to date", `${message.id}: ${difference}`);
    }
    judgeFollower(world, accountId);
  }
}

/** Two workers may be at the same work at once. */
export const hasLateWorkers = ({ plan }: World): boolean =>
  plan.rates.hurry > 0 || plan.disturbances.some(({ kind }) => kind === "freeze" || kind === "stall");

const isSystem = (label: string): boolean => hiddenAs([label]) !== null;

/** @param isCounted labels that the store may bear only when the mailbox's message does */
function differenceOf(
  { database }: World,
  { id, labels, hasLeft }: MailboxMessage,
  isCounted: (label: string) => boolean,
): string | null {
  const row = database.tables.messages.get(id);
  const isShown = row?.deletedWhy === null;
  const should = !hasLeft && hiddenAs(labels) === null;
  if (isShown !== should) return `the mailbox ${should ? "shows" : "hides"} it, the store does not`;
  if (row === undefined || !should) return null;
  const [has, bears] = [row.labels.filter(isCounted), [...labels]].map((some) => some.sort().join());
  return has === bears ? null : `it bears ${bears || "nothing"}, in the store ${has || "nothing"}`;
}

/**
 * Whoever follows the facts about mail, and looks at nothing else, knows what the store shows. What a worker does that
 * was thought dead, after its work was settled by another, is told by no fact.
 */
function judgeFollower(world: World, accountId: string): void {
  const { judge, broker, database } = world;
  if (broker.isLogDamaged || database.isDamaged || hasLateWorkers(world)) return;
  const told = judge.follower.shown(accountId);
  for (const { id } of world.mailboxes.get(accountId)?.messages ?? []) {
    const isShown = database.tables.messages.get(id)?.deletedWhy === null;
    if (isShown !== told.has(id)) {
      const detail = `${id} is ${isShown ? "shown" : "not shown"}, and was told to be ${told.has(id) ? "there" : "gone"}`;
      world.violate("a follower sees what the store shows", detail);
    }
  }
}
