import { InvalidArgumentError } from "@commander-js/extra-typings";
import {
  type PeriodName,
  periodNames,
  periodRanges,
  rangeInWords,
} from "@millrace/shared/retention/tenant-periods";
import { namesMeant } from "../program/names-meant.ts";
import type { PeriodsChange } from "./periods-of-tenant.ts";

/** One of `finishedSyncsDays=14 auditDays=90`, beside those that were read before it. @throws InvalidArgumentError */
export function parseSetting(text: string, before: PeriodsChange = {}): PeriodsChange {
  const [given = "", days, ...more] = text.split("=");
  const name = nameOf(given);
  const range = periodRanges[name];
  if (days === undefined || days === "" || more.length > 0)
    throw new InvalidArgumentError(`Say for how many days: ${name}=${Math.max(range.min, 30)}.`);
  const isInRange = /^\d{1,6}$/.test(days) && Number(days) >= range.min && Number(days) <= range.max;
  if (!isInRange) throw new InvalidArgumentError(`${name} ${rangeInWords(range)}.`);
  return withOne(before, name, Number(days));
}

/** One of `finishedSyncsDays auditDays`, which are to be everybody's again. @throws InvalidArgumentError */
export const parseName = (text: string, before: PeriodsChange = {}): PeriodsChange =>
  withOne(before, nameOf(text), null);

function withOne(before: PeriodsChange, name: PeriodName, days: number | null): PeriodsChange {
  if (name in before) throw new InvalidArgumentError(`${name} is named twice.`);
  return { ...before, [name]: days };
}

function nameOf(given: string): PeriodName {
  const known = periodNames.find((name) => name === given);
  if (known !== undefined) return known;
  const meant = periodNames.filter((name) => bare(name) === bare(given));
  const near = meant.length > 0 ? meant : nearOnes(bare(given));
  throw new InvalidArgumentError(
    near.length === 0
      ? `There is no such period. They are ${periodNames.join(", ")}.`
      : `There is no such period. (Did you mean ${near.join(" or ")}?)`,
  );
}

function nearOnes(given: string): PeriodName[] {
  const meant = namesMeant(given, periodNames.map(bare));
  return periodNames.filter((name) => meant.includes(bare(name)));
}

/** What people get right of a name: finished-syncs, FINISHED_SYNCS_DAYS. */
const bare = (name: string): string =>
  name
    .slice(0, 64)
    .toLowerCase()
    .replaceAll(/[^a-z]/g, "")
    .replace(/^retain/, "")
    .replace(/days$/, "");

/** What each is, with its bounds. */
export function namesInHelp(): string {
  const width = Math.max(...periodNames.map((name) => name.length));
  const lines = periodNames.map((name) => {
    const { what, min, max } = periodRanges[name];
    return `  ${name.padEnd(width)}  ${what} (${min} to ${max})`;
  });
  return ["Periods, in days:", ...lines].join("\n");
}
