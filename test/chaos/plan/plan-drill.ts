import { hash32, Random, shuffled } from "@millrace/gmail-simulator/random";
import { type FaultKind, kindsOf, type Targets } from "./fault-kinds.ts";
import { drawFault, type PlannedFault } from "./plan-faults.ts";

const salt = 11;
const minuteMs = 60_000;
/** The first syncs are under way by then. */
const firstFaultMs = 5_000;
/** What a cluster needs to be whole again, and a quiet moment, so that a pause belongs to one fault. */
const settleMs = 10_000;
/** Three nodes send their clients away one after the other. */
const rollingMs = 45_000;
/** A fault that would not be over by the end does not begin. */
const lastFaultBeforeEndMs = 8_000;

/**
 * The schedule of a drill: only what happens to nodes and to the primary, one fault after the other, each kind once before
 * any comes again. The log's leader is killed first, then cut off, so that a short drill has the worst in it. Pure: the same
 * seed and length always give the same schedule.
 *
 * @param chosen kinds that are left in
 */
export function planDrill(
  seed: number,
  minutes: number,
  targets: Targets,
  chosen: ReadonlySet<FaultKind>,
): PlannedFault[] {
  const random = new Random(hash32(seed, 0, salt));
  const kinds = drillKinds.filter((kind) => chosen.has(kind));
  const planned: PlannedFault[] = [];
  let deck: FaultKind[] = [];
  for (let atMs = firstFaultMs; kinds.length > 0 && atMs < minutes * minuteMs - lastFaultBeforeEndMs; ) {
    if (deck.length === 0) deck = shuffled(kinds, random);
    const opening = openings[planned.length];
    const kind = opening !== undefined && chosen.has(opening.kind) ? opening.kind : (deck.pop() as FaultKind);
    deck = deck.filter((left) => left !== kind);
    const drawn = drawFault(kind, atMs, targets, random);
    const fault = opening?.kind === kind ? { ...drawn, target: random.pick(opening.targets) } : drawn;
    planned.push(fault);
    atMs += fault.durationMs + settleMs + (fault.kind === "nodes-restart" ? rollingMs : 0);
  }
  return planned;
}

const openings: readonly { readonly kind: FaultKind; readonly targets: readonly string[] }[] = [
  { kind: "node-kill", targets: ["leader:EVENTS"] },
  { kind: "node-partition", targets: ["routes:leader:EVENTS", "all:leader:EVENTS"] },
];

/** What one server alone does not know. */
const drillKinds = kindsOf("cluster").filter((kind) => !kindsOf("single").includes(kind));
