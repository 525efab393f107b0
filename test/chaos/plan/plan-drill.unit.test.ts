import { expect, it } from "vitest";
import { allFaultKinds, type FaultKind, kindsOf } from "./fault-kinds.ts";
import { planDrill } from "./plan-drill.ts";

const targets = { copies: ["fetcher-1"], mailboxes: ["m01@chaos.test"] };
const all = new Set(allFaultKinds);
const drill = (seed: number, minutes: number, chosen: ReadonlySet<FaultKind> = all) =>
  planDrill(seed, minutes, targets, chosen);

it("a drill is the same for the same seed, another for another, and a longer one begins as a shorter one", () => {
  expect(drill(7, 3)).toEqual(drill(7, 3));
  expect(drill(7, 3)).not.toEqual(drill(8, 3));
  expect(drill(7, 9).slice(0, drill(7, 3).length)).toEqual(drill(7, 3));
});

it("a drill has each fault of nodes and of the primary once before any comes again, one after the other", () => {
  const faults = drill(3, 30);
  const kinds = kindsOf("cluster").filter((kind) => !kindsOf("single").includes(kind));
  expect(new Set(faults.slice(0, kinds.length).map(({ kind }) => kind))).toEqual(new Set(kinds));
  faults.slice(1).forEach((fault, at) => {
    const before = faults[at];
    expect(fault.atMs).toBeGreaterThanOrEqual((before?.atMs ?? 0) + (before?.durationMs ?? 0) + 10_000);
  });
});

it("a drill kills the log's leader first, and then cuts it off", () => {
  const [first, second] = drill(9, 1);
  expect(first).toMatchObject({ kind: "node-kill", target: "leader:EVENTS" });
  expect(second).toMatchObject({
    kind: "node-partition",
    target: expect.stringMatching(/^(routes|all):leader:EVENTS$/),
  });
});

it("a drill has only what is chosen, and nothing where nothing of it is", () => {
  expect(new Set(drill(3, 9, new Set(["node-kill", "cut"])).map(({ kind }) => kind))).toEqual(
    new Set(["node-kill"]),
  );
  expect(drill(3, 9, new Set(["cut"]))).toEqual([]);
});
