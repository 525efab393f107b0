import type { QuotaGovernor } from "../../quota/quota-governor.ts";
import {
  coolDownSeconds,
  quotaDeferralSeconds,
  quotaDeferrals,
  quotaUnits,
  quotaWaitSeconds,
  throttles,
} from "./quota-metrics.ts";

/** The same governor, measured. */
export function measureGovernor(governor: QuotaGovernor): QuotaGovernor {
  return {
    ...governor,
    async reserve(ref, request, signal) {
      const lane = { "millrace.lane": request.lane };
      const askedMs = performance.now();
      const reservation = await governor.reserve(ref, request, signal);
      if (reservation.kind === "granted") {
        quotaUnits.add(reservation.units, lane);
        quotaWaitSeconds.record((performance.now() - askedMs) / 1_000, lane);
      } else {
        const by = { ...lane, "millrace.budget": reservation.whose };
        quotaDeferrals.add(1, by);
        quotaDeferralSeconds.record(secondsUntil(reservation.atMs), by);
      }
      return reservation;
    },
    throttled(ref, retryAtMs) {
      throttles.add(1, {});
      if (retryAtMs !== undefined) coolDownSeconds.record(secondsUntil(retryAtMs), {});
      governor.throttled(ref, retryAtMs);
    },
  };
}

const secondsUntil = (atMs: number): number => Math.max(atMs - Date.now(), 0) / 1_000;
