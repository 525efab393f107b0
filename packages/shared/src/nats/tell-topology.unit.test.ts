import { expect, it } from "vitest";
import { listeningLogger } from "../testing/listening-logger.ts";
import type { KeptPart } from "./keep-topology.ts";
import { TopologyTeller } from "./tell-topology.ts";

const part = (differences: KeptPart["differences"], more: Partial<KeptPart> = {}): KeptPart => ({
  name: "HOOKS/sync-api-turns",
  differences,
  putRight: [],
  left: [],
  ...more,
});
/** What is said of what was seen, look by look. */
function toldOf(...looks: readonly KeptPart[]): readonly unknown[][] {
  const { log, told } = listeningLogger();
  const teller = new TopologyTeller(log);
  return looks.map((look) => {
    const before = told.length;
    teller.tell([look]);
    return told.slice(before).map(({ event }) => event);
  });
}

it("what never was there is not lost: nothing is said of what its service is about to make", () => {
  expect(toldOf(part(null), part([]), part([]))).toEqual([[], [], []]);
});

it("what is not there at the next look either is told, once", () => {
  expect(toldOf(part(null), part(null), part(null), part([]))).toEqual([
    [],
    ["topology.differs"],
    [],
    ["topology.right"],
  ]);
});

it("what was there and is gone is told at once, each time that it goes", () => {
  expect(toldOf(part([]), part(null), part([]), part(null))).toEqual([
    [],
    ["topology.differs"],
    ["topology.right"],
    ["topology.differs"],
  ]);
});

it("what is not there at first, and differs then, is told", () => {
  expect(toldOf(part(null), part([["max_ack_pending", 1, 2]]))).toEqual([[], ["topology.differs"]]);
});
