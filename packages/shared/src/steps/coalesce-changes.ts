import type { NetChange } from "../events/message-change.ts";
import type { MessageChange } from "../providers/mail-provider.ts";

/**
 * What has become of each message, all its changes taken together: of one that came and was deleted again nothing has
 * to be fetched, and of labels only those count that it has at last.
 *
 * @param changes in their order
 * @param before net changes that these go on from
 * @returns one a message, in the order in which the messages were first changed
 */
export function coalesceChanges(
  changes: readonly MessageChange[],
  before: ReadonlyMap<string, NetChange> = new Map(),
): Map<string, NetChange> {
  const net = new Map(before);
  for (const change of changes) net.set(change.id, follow(net.get(change.id), change));
  return net;
}

function follow(
  before: NetChange | undefined,
  { at, added, removed, kind, hiddenAs }: MessageChange,
): NetChange {
  const gained = new Set(before?.added);
  const lost = new Set(before?.removed);
  for (const label of removed) {
    gained.delete(label);
    lost.add(label);
  }
  for (const label of added) {
    gained.add(label);
    lost.delete(label);
  }
  // Where it is does not change with its other labels.
  const isSame = kind === "relabelled" && before !== undefined;
  return {
    kind: isSame ? before.kind : kind,
    at,
    added: [...gained],
    removed: [...lost],
    hiddenAs: isSame ? before.hiddenAs : hiddenAs,
  };
}
