import type { FaultCategory } from "@millrace/shared/events/attempt";
import type { MessageKind } from "../plan/plan-schedule.ts";
import type { World } from "../world.ts";

/** What may become of messages of each kind. */
const legitimate: Readonly<Record<MessageKind, readonly FaultCategory[]>> = {
  good: [],
  bad: ["bad_item"],
  unstorable: ["bad_item"],
  poison: ["unknown"],
  thrower: ["unknown"],
  killer: ["crash_loop"],
};

interface Letter {
  readonly messageId: string;
  readonly category: FaultCategory;
}

/**
 * I6: only what is poison is set aside; waiting, outages and missing consent never are.
 *
 * @param deaths of workers that held this chunk
 */
export function judgeLetters(
  world: World,
  letters: readonly Letter[],
  deaths: number,
  deathsForgiven: number,
): void {
  for (const { messageId, category } of letters) {
    const kind =
      world.mailboxes.get(messageId.slice(0, messageId.indexOf("-")))?.find(messageId)?.kind ?? "good";
    if (legitimate[kind].includes(category)) continue;
    if (category === "crash_loop" && deaths >= deathsForgiven) continue;
    world.violate("I6: waiting is not failing", `${messageId} (${kind}) was set aside as ${category}`);
  }
}
