import type { FaultSpan } from "../judge/measure-pauses.ts";
import type { Wipe } from "../judge/stuck-syncs.ts";
import type { FaultKind } from "../plan/fault-kinds.ts";

/** What a run notices on its way: counts for the report, lines for the person. */
export class RunNotes {
  readonly faults = new Map<FaultKind, number>();
  /** When each of them was. */
  readonly spans: FaultSpan[] = [];
  /** The same key or event twice, and two syncs. */
  readonly doubledRequests: string[] = [];
  readonly regressions: string[] = [];
  /** An orderly stop that took too long, or did not end with code 0. */
  readonly badStops: string[] = [];
  /** Processes of services that ended without being asked. */
  readonly unexpectedExits: string[] = [];
  /** What was lost with the broker, each time that it was. */
  readonly wipes: Wipe[] = [];
  /** When Postgres was brought back to an older backup. */
  readonly restoresAtMs: number[] = [];
  /** Postgres is older than what was shown already: until it has caught up, what is shown is not held against it. */
  isPostgresBack = false;
  /** Requests of the load that the API refused although they were right. */
  readonly refusals: string[] = [];
  /** Streams that were opened again. */
  reconnections = 0;
  /** How often something was shown of a sync. */
  sights = 0;
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  say(line: string): void {
    this.#say(line);
  }

  happened(kind: FaultKind, fromMs: number): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
    this.spans.push({ kind, fromMs, toMs: Date.now() });
  }

  /** Something that must not be: kept, and said at once. */
  fault(list: string[], line: string): void {
    list.push(line);
    this.#say(`!! ${line}`);
  }
}
