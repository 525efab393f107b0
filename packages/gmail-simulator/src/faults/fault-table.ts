import type { Endpoint } from "../quota/price-lists.ts";
import { Random } from "../random.ts";
import type { FaultEffect, FaultRule } from "./fault-rule.ts";

/** What a rule is matched against. */
export interface FaultSubject {
  readonly endpoint: Endpoint;
  readonly email: string | null;
  readonly messageId: string | null;
  readonly inBatch: boolean;
}

export interface FaultStatus {
  readonly id: number;
  readonly rule: FaultRule;
  readonly matched: number;
  readonly fired: number;
}

interface ArmedRule {
  readonly id: number;
  readonly rule: FaultRule;
  readonly random: Random;
  matched: number;
  fired: number;
}

/** The fault rules in force, in the order they came. The first that fires decides a call. */
export class FaultTable {
  private rules: ArmedRule[] = [];
  private lastId = 0;

  /** Puts a rule in force; returns its id. */
  add(rule: FaultRule): number {
    if (this.rules.length >= RULES_MAX) throw new RangeError(`more than ${RULES_MAX} fault rules`);
    this.rules.push({ id: ++this.lastId, rule, random: new Random(rule.seed), matched: 0, fired: 0 });
    return this.lastId;
  }

  list(): FaultStatus[] {
    return this.rules.map(({ id, rule, matched, fired }) => ({ id, rule, matched, fired }));
  }

  /** Removes one rule, or all of them without an id. Returns how many went. */
  remove(id?: number): number {
    const before = this.rules.length;
    this.rules = id === undefined ? [] : this.rules.filter((one) => one.id !== id);
    return before - this.rules.length;
  }

  /** The effect for a call, or null. Counts the call for every rule that it reaches. */
  decide(subject: FaultSubject): FaultEffect | null {
    for (const armed of this.rules) {
      if (!matches(armed.rule, subject)) continue;
      armed.matched++;
      const effect = fire(armed);
      if (effect !== null) return effect.kind === "none" ? null : effect;
    }
    return null;
  }
}

const RULES_MAX = 1_000;

function matches({ match }: FaultRule, subject: FaultSubject): boolean {
  return (
    (match.endpoint === undefined || match.endpoint === subject.endpoint) &&
    (match.email === undefined || match.email === subject.email) &&
    (match.messageId === undefined || match.messageId === subject.messageId) &&
    (match.inBatch === undefined || match.inBatch === subject.inBatch)
  );
}

function fire(armed: ArmedRule): FaultEffect | null {
  const { probability, times, afterCalls } = armed.rule.when;
  if (armed.matched <= (afterCalls ?? 0)) return null;
  if (times !== undefined && armed.fired >= times) return null;
  if (probability !== undefined && !armed.random.chance(probability)) return null;
  const effect = armed.rule.effect ?? armed.rule.script?.[armed.fired] ?? null;
  if (effect !== null) armed.fired++;
  return effect;
}
