import type { AccountRef } from "../events/subjects.ts";
import {
  type BudgetLimits,
  type BudgetReading,
  type BudgetRequest,
  type BudgetState,
  giveBack,
  isLate,
  isTight,
  postpone,
  readBudget,
  reserve,
  throttle,
} from "./budget.ts";
import type { BudgetStore } from "./budget-store.ts";

/** What a provider allows; its price list says it. */
export interface QuotaLimits {
  readonly account: BudgetLimits;
  /** All accounts together. */
  readonly project: BudgetLimits;
}

/**
 * granted: call now, it is time. later: ask again then; nothing was reserved. Times are milliseconds since the epoch.
 */
export type Reservation =
  | { readonly kind: "granted"; readonly atMs: number; readonly units: number }
  | { readonly kind: "later"; readonly atMs: number; readonly whose: "account" | "project" };

export interface QuotaGovernor {
  /**
   * Reserves units of an account's and of the project's budget, and waits for them if that takes moments.
   *
   * @throws `signal.reason` when aborted, and what the store throws
   */
  reserve(
    ref: AccountRef,
    request: Pick<BudgetRequest, "units" | "unitsEach" | "lane" | "hasWaited" | "isSlow">,
    signal: AbortSignal | undefined,
  ): Promise<Reservation>;
  /** Units that were reserved for one moment were used until now, as by a batch whose parts the provider makes one by one. */
  useLater(ref: AccountRef, units: number, reservedAtMs: number): Promise<void>;
  /** How an account's and the project's budgets stand. */
  read(ref: AccountRef): Promise<QuotaReading>;
  /** The provider has refused a call of the account although its units were reserved. Heard before later reservations. */
  throttled(ref: AccountRef, retryAtMs: number | undefined): void;
}

export interface QuotaReading {
  readonly account: BudgetReading;
  readonly project: BudgetReading;
}

/** For whoever only looks. */
export interface QuotaView extends Pick<QuotaGovernor, "read"> {
  readonly unitsPerMessage: number;
  /** What one account may read, as the provider has it. */
  readonly messagesPerMinute: number;
}

export interface GovernorPorts {
  readonly store: BudgetStore;
  readonly limits: QuotaLimits;
  /** Of both limits, what background work may use. */
  readonly backgroundShare?: number | undefined;
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** Whoever waits longer gives its place to others, and comes back. */
const patienceMs = 2_000;
/** A call is made a bit early by a timer that is; the budget's margin covers what is late. */
const timerMs = 1;

export const accountKey = ({ tenantId, accountId }: AccountRef): string => `account.${tenantId}.${accountId}`;
const projectKey = "project";

/** Budgets that all workers of all processes share: units are reserved before a call, and waiting times are exact. */
export function createQuotaGovernor({
  store,
  limits,
  backgroundShare: share,
  nowMs,
  sleep,
}: GovernorPorts): QuotaGovernor {
  const ask = (key: string, of: BudgetLimits, request: BudgetRequest) =>
    store.update(key, (state) => {
      const answer = reserve(state, of, request, nowMs());
      const { state: after, ...result } = answer;
      return { state: after, result };
    });

  const lateness = new Lateness();
  const changeOwn = (ref: AccountRef, by: (state: BudgetState) => BudgetState): Promise<null> =>
    store.update(accountKey(ref), (state) => ({ state: by(state), result: null }));

  return {
    async reserve(ref, asked, signal) {
      const own = await ask(accountKey(ref), limits.account, { ...asked, share, patienceMs });
      const { units } = own;
      if (own.kind === "later") return { kind: "later", atMs: own.atMs, whose: "account" };
      // The project's units are for the moment at which the account may call.
      const { lane, hasWaited, isSlow } = asked;
      const request = { units, lane, share, hasWaited, isSlow, patienceMs, notBeforeMs: own.atMs };
      const shared = await ask(projectKey, limits.project, request);
      if (shared.kind === "later") {
        await changeOwn(ref, (state) => giveBack(state, limits.account, units, own.countedAtMs, request));
        return { kind: "later", atMs: shared.atMs, whose: "project" };
      }
      if (shared.atMs > own.atMs) {
        const moment = { fromMs: own.countedAtMs, toMs: shared.countedAtMs };
        await changeOwn(ref, (state) => postpone(state, limits.account, units, moment));
      }
      const waitMs = shared.atMs - nowMs();
      if (waitMs > 0) await sleep(waitMs + timerMs, signal);
      return { kind: "granted", atMs: shared.atMs, units };
    },
    async useLater(ref, units, reservedAtMs) {
      const moment = { fromMs: reservedAtMs, toMs: nowMs() };
      const unusualMs = lateness.unusualMs(moment.toMs - moment.fromMs);
      if (isLate(limits.account, moment.fromMs, moment.toMs))
        await changeOwn(ref, (state) => postpone(state, limits.account, units, moment));
      // Of the project so many are used at any moment that what is as late as always makes up for what was.
      const unusually = { fromMs: moment.fromMs, toMs: moment.fromMs + unusualMs };
      if (isLate(limits.project, unusually.fromMs, unusually.toMs))
        await store.update(projectKey, (state) => ({
          state: isTight(state, limits.project) ? postpone(state, limits.project, units, unusually) : state,
          result: null,
        }));
    },
    async read(ref) {
      const [account, project] = await Promise.all([store.read(accountKey(ref)), store.read(projectKey)]);
      return {
        account: readBudget(account, limits.account, nowMs()),
        project: readBudget(project, limits.project, nowMs()),
      };
    },
    throttled(ref, retryAtMs) {
      const change = changeOwn(ref, (state) => throttle(state, limits.account, retryAtMs, nowMs()));
      change.catch(() => {}); // the broker is away: so is every other reservation
    },
  };
}

/** By so much a call moves what is taken for usual: a hundred that are held up together hardly do. */
const usualStepMs = 0.25;

/** How long after its moment a call is made, as a rule: by the way to the provider and by what it has to do. */
class Lateness {
  /** Half of the calls are later. */
  #usualMs = 0;

  /** @returns by how much a call was later than calls are */
  unusualMs(lateMs: number): number {
    const unusualMs = lateMs - this.#usualMs;
    this.#usualMs += Math.sign(unusualMs) * usualStepMs;
    return unusualMs;
  }
}
