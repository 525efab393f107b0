import type { Logger } from "../runtime/create-logger.ts";
import type { KeptPart } from "./keep-topology.ts";

/** Was not there when it was looked at first: its service may be about to make it. */
const notYetThere = "not yet there";

/** Says what differs, once for each change of it. What never was there is not lost: it is told of when it is looked at again. */
export class TopologyTeller {
  readonly #log: Logger;
  readonly #told = new Map<string, string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  tell(parts: readonly KeptPart[]): void {
    for (const part of parts) this.#tellOf(part);
  }

  #tellOf({ name, differences, putRight, left, isMadeAnew = false }: KeptPart): void {
    const said = JSON.stringify([differences, left]);
    const isWell = differences !== null && differences.length === 0;
    const before = this.#told.get(name);
    // What was put right is told each time: somebody changes it again and again.
    if (before === said && putRight.length === 0) return;
    const isFirstMiss = differences === null && before === undefined;
    this.#told.set(name, isFirstMiss ? notYetThere : said);
    if (isFirstMiss) return;
    if (isMadeAnew) return; // who has made it has said so before
    if (isWell) {
      if (before !== undefined && before !== notYetThere)
        this.#log.info({ event: "topology.right", part: name }, "it is as it should be");
      return;
    }
    const differing = differences?.map(([field, wanted, found]) => ({ field, wanted, found })) ?? null;
    this.#log.warn(
      { event: "topology.differs", part: name, differences: differing, putRight, left },
      differences === null ? "it is not there" : "somebody has changed how it is configured",
    );
  }
}
