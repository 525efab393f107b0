import { counter } from "./counter.ts";
import { gauge } from "./gauge.ts";
import { histogram, slowSeconds } from "./histogram.ts";

const services = "all that talk to the provider";
const lanes = ["live", "bulk", "background"] as const;

export const quotaUnits = counter({
  name: "millrace.quota.units",
  unit: "{unit}",
  description: "Units of the provider's quota that were given out",
  from: services,
  attributes: { "millrace.lane": lanes },
});

export const quotaWaitSeconds = histogram({
  name: "millrace.quota.wait.duration",
  unit: "s",
  description: "Waits in place for units, up to two seconds; longer ones go back to the queue",
  from: services,
  attributes: { "millrace.lane": lanes },
  buckets: slowSeconds,
});

export const quotaDeferrals = counter({
  name: "millrace.quota.deferrals",
  unit: "{reservation}",
  description: "Work that was told to come back later, by whose budget said so",
  from: services,
  attributes: { "millrace.lane": lanes, "millrace.budget": ["account", "project"] },
});

export const quotaDeferralSeconds = histogram({
  name: "millrace.quota.deferral.duration",
  unit: "s",
  description: "How much later",
  from: services,
  attributes: { "millrace.lane": lanes, "millrace.budget": ["account", "project"] },
  buckets: [5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 21_600, 86_400],
});

export const throttles = counter({
  name: "millrace.quota.throttles",
  unit: "{call}",
  description: "Calls that the provider refused although their units were reserved",
  from: services,
  attributes: {},
});

export const coolDownSeconds = histogram({
  name: "millrace.quota.cool_down.duration",
  unit: "s",
  description: "For how long the provider then wants to be left alone, where it says so",
  from: services,
  attributes: {},
  buckets: [1, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 86_400],
});

export const projectQuota = gauge({
  name: "millrace.quota.project.units",
  unit: "{unit}",
  description: "Units a minute that all accounts share: `used` in the last minute, and the `limit`",
  from: "janitor",
  attributes: { "millrace.reading": ["used", "limit"] },
});
