import { type Endpoint, type PriceList, priceLists, type QuotaPlan } from "./price-lists.ts";
import { SlidingMinute } from "./sliding-minute.ts";

export interface QuotaOptions {
  readonly plan: QuotaPlan;
  /** Instead of the plan's own limits. */
  readonly unitsPerMinuteUser?: number | undefined;
  readonly unitsPerMinuteProject?: number | undefined;
  /** Calls of one user at the same time, the parts of a batch included; no limit when absent. */
  readonly concurrentCallsUser?: number | undefined;
  /** 60 makes a quota's minute one second long. */
  readonly clockFactor: number;
}

export type Charge =
  | { readonly ok: true; readonly units: number }
  | { readonly ok: false; readonly scope: "user" | "project"; readonly retryAtMs: number };

/** Charges calls to their user and to the project. A refused call costs nothing. */
export class QuotaMeter {
  private readonly prices: PriceList | null;
  private readonly minuteMs: number;
  private readonly userLimit: number;
  private readonly project: SlidingMinute;
  private readonly users = new Map<string, SlidingMinute>();

  constructor(options: QuotaOptions) {
    this.prices = options.plan === "off" ? null : priceLists[options.plan];
    this.minuteMs = 60_000 / options.clockFactor;
    this.userLimit = options.unitsPerMinuteUser ?? this.prices?.unitsPerMinuteUser ?? 0;
    const projectLimit = options.unitsPerMinuteProject ?? this.prices?.unitsPerMinuteProject ?? 0;
    this.project = new SlidingMinute(projectLimit, this.minuteMs);
  }

  /** What a call costs; with quotas off what it would cost by the list of 2026. */
  unitsOf(endpoint: Endpoint): number {
    return (this.prices ?? priceLists["gmail-2026"]).units[endpoint] ?? 0;
  }

  charge(endpoint: Endpoint, email: string, nowMs: number): Charge {
    const units = this.unitsOf(endpoint);
    if (this.prices === null || units === 0) return { ok: true, units };
    let user = this.users.get(email);
    if (user === undefined) {
      user = new SlidingMinute(this.userLimit, this.minuteMs);
      this.users.set(email, user);
    }
    if (!user.fits(units, nowMs)) return { ok: false, scope: "user", retryAtMs: user.fitsAtMs(units, nowMs) };
    if (!this.project.fits(units, nowMs))
      return { ok: false, scope: "project", retryAtMs: this.project.fitsAtMs(units, nowMs) };
    user.spend(units, nowMs);
    this.project.spend(units, nowMs);
    return { ok: true, units };
  }
}
