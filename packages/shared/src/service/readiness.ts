import { setTimeout as sleep } from "node:timers/promises";
import { BrokerRefusesError } from "../nats/ping-broker.ts";
import type { Logger } from "../runtime/create-logger.ts";

export type PartState = "ok" | "away" | "refusing" | "failing" | "starting";

export interface ReadinessReport {
  readonly isReady: boolean;
  /** Each part that the service stands on, by its name. */
  readonly parts: Readonly<Record<string, PartState>>;
  /** Why it is not ready, in words; empty when it is. */
  readonly reasons: readonly string[];
}

const answerMsMax = 2_000;
/** Probes have no key: however many come, each part is asked once in so long. */
const recentMs = 1_000;

/**
 * Whether a service can do its work: it has started, is not stopping, and each part that it stands on has answered
 * within the last seconds. Probes and sync-api's own health routes ask the same.
 */
export class Readiness {
  readonly #log: Logger;
  readonly #stopping: AbortSignal;
  /** Null: the part is not there yet. */
  readonly #parts = new Map<string, (() => Promise<PartState>) | null>();
  #hasStarted = false;
  #recent: { readonly states: Promise<Record<string, PartState>>; readonly atMs: number } | null = null;

  /** @param stopping aborted when the service begins to stop */
  constructor(log: Logger, stopping: AbortSignal) {
    this.#log = log;
    this.#stopping = stopping;
  }

  get isStopping(): boolean {
    return this.#stopping.aborted;
  }

  /** A part that has to be there before the service is ready. */
  expect(...names: readonly string[]): void {
    for (const name of names) this.#parts.set(name, null);
    this.#recent = null;
  }

  /** @param ask resolves when the part answers; what it throws says that it is away */
  addPart(name: string, ask: () => Promise<unknown>): void {
    this.#parts.set(name, () => this.#stateOf(ask()));
    this.#recent = null;
  }

  /** @param isWell a part of the process itself, which knows without asking */
  addOwnPart(name: string, isWell: () => boolean): void {
    this.#parts.set(name, async () => (isWell() ? "ok" : "failing"));
    this.#recent = null;
  }

  /** The service is wired up. */
  started(): void {
    this.#hasStarted = true;
  }

  async check(): Promise<ReadinessReport> {
    const parts = await this.#states();
    const reasons = Object.entries(parts)
      .filter(([, state]) => state !== "ok")
      .map(([part, state]) => `${part}: ${state}`);
    if (this.isStopping) reasons.unshift("the service is stopping");
    else if (!this.#hasStarted) reasons.unshift("the service is starting");
    return { isReady: reasons.length === 0, parts, reasons };
  }

  #states(): Promise<Record<string, PartState>> {
    const nowMs = performance.now();
    if (this.#recent !== null && nowMs - this.#recent.atMs < recentMs) return this.#recent.states;
    const states = Promise.all(
      [...this.#parts].map(async ([name, ask]) => [name, ask === null ? "starting" : await ask()] as const),
    ).then((entries) => Object.fromEntries(entries));
    this.#recent = { states, atMs: nowMs };
    return states;
  }

  async #stateOf(asked: Promise<unknown>): Promise<PartState> {
    const timeout = new AbortController();
    const overdue = sleep(answerMsMax, "away" as const, { signal: timeout.signal }).catch(
      () => "away" as const,
    );
    const answer = asked.then(
      () => "ok" as const,
      (error: unknown) => {
        this.#log.debug({ err: error }, "a part does not answer");
        return error instanceof BrokerRefusesError ? ("refusing" as const) : ("away" as const);
      },
    );
    try {
      return await Promise.race([answer, overdue]);
    } finally {
      timeout.abort();
    }
  }
}
