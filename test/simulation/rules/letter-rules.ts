import type { FaultCategory } from "@millrace/shared/events/attempt";
import type { FactOf } from "@millrace/shared/events/facts";
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

type LetterFact = FactOf<"chunk.fetched"> | FactOf<"chunk.dead_lettered"> | FactOf<"dead_letters.refused">;

/** So many deaths of workers that watched it may be laid at a chunk's door, whoever killed them. */
const deathsForgiven = 4;

/**
 * I6: only what is poison is set aside; waiting, outages and missing consent never are. What was set aside before, and
 * is redriven while the mailbox refuses us, stays where it was.
 *
 * @param deaths of workers that held this chunk under watch
 */
export function judgeLetters(world: World, { type, letters }: LetterFact, deaths: number): void {
  for (const { messageId, category } of letters) {
    const kind = world.find(messageId)?.kind ?? "good";
    if (legitimate[kind].includes(category)) continue;
    if (category === "crash_loop" && deaths >= deathsForgiven) continue;
    if (category === "consent_lost" && type === "dead_letters.refused") continue;
    world.violate("I6: waiting is not failing", `${messageId} (${kind}) was set aside as ${category}`);
  }
}
