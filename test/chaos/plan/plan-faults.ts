import { hash32, Random, shuffled } from "@millrace/gmail-simulator/random";
import {
  allFaultKinds,
  type FaultKind,
  faultKinds,
  kindsOf,
  type Targets,
  type Topology,
} from "./fault-kinds.ts";

/** One fault of a schedule: all that is left to chance about it is drawn beforehand. */
export interface PlannedFault {
  /** After the load began. */
  readonly atMs: number;
  readonly kind: FaultKind;
  readonly durationMs: number;
  readonly target: string;
  /** How bad it is, from 0 to 1; what it means is the kind's own affair. */
  readonly intensity: number;
  /** For whatever else has to be drawn while it lasts. */
  readonly seed: number;
}

const minuteMs = 60_000;
/** The first syncs are under way by then. */
const firstFaultMs = 4_000;
/** Room at the end, so that the last faults last. */
const lastFaultBeforeEndMs = 4_000;
const meanGapMs = 3_200;
const salt = 1;

/**
 * The schedule of faults. Pure: the same seed, length and targets always give the same schedule, and leaving
 * kinds out changes nothing about the others. Kinds are dealt from a shuffled deck, so that each comes before any
 * comes more often than its weight says.
 *
 * @param chosen kinds that are left in; all when absent
 * @returns in the order of their times
 */
export function planFaults(
  seed: number,
  minutes: number,
  targets: Targets,
  chosen: ReadonlySet<FaultKind> = new Set(allFaultKinds),
  topology: Topology = "single",
): PlannedFault[] {
  const wholeDeck = kindsOf(topology).flatMap((kind) =>
    Array.from({ length: faultKinds[kind].weight }, () => kind),
  );
  const random = new Random(hash32(seed, 0, salt));
  const endMs = minutes * minuteMs - lastFaultBeforeEndMs;
  const planned: PlannedFault[] = [];
  let deck: FaultKind[] = [];
  for (let atMs = firstFaultMs; atMs < endMs; atMs += gapMs(random)) {
    if (deck.length === 0) deck = shuffled(wholeDeck, random);
    const kind = deck.pop() as FaultKind;
    planned.push(drawFault(kind, Math.round(atMs), targets, random));
  }
  return planned.filter(({ kind }) => chosen.has(kind));
}

const gapMs = (random: Random): number => meanGapMs * (0.25 + 1.5 * random.float());

/** Draws all that is left to chance about a fault. */
export function drawFault(kind: FaultKind, atMs: number, targets: Targets, random: Random): PlannedFault {
  const { seconds, targets: targetsOf } = faultKinds[kind];
  const [min, max] = seconds;
  return {
    atMs,
    kind,
    durationMs: Math.round(1_000 * (min + (max - min) * random.float())),
    target: random.pick<string>(targetsOf(targets)),
    intensity: random.float(),
    seed: random.next(),
  };
}
