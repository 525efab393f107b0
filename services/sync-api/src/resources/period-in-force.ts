import {
  type DefaultPeriods,
  eachPeriod,
  type PeriodName,
  type TenantPeriods,
} from "@millrace/shared/retention/tenant-periods";
import { z } from "zod";

const periodInForceSchema = z
  .object({
    days: z
      .int()
      .nullable()
      .describe("What holds, in days; null: it is everybody's, and no janitor has told it yet"),
    from: z
      .enum(["tenant", "installation"])
      .describe("tenant: its own; installation: as for everybody (`RETAIN_…` of the janitor)"),
    defaultDays: z
      .int()
      .nullable()
      .describe("What holds for everybody, in days; null: no janitor has told it yet"),
    daysMin: z.int().describe("What a tenant's own may be at least"),
    daysMax: z.int().describe("What a tenant's own may be at most"),
  })
  .meta({ id: "RetentionPeriodInForce" });
type PeriodInForce = z.infer<typeof periodInForceSchema>;

export const periodsInForceSchema = z
  .object(eachPeriod(() => periodInForceSchema))
  .describe("For how long things are kept, and who has decided so");

/** @param everybodys as the janitor has told them; null: it has not yet */
export const periodsInForce = (
  own: TenantPeriods,
  everybodys: Partial<DefaultPeriods> | null,
): Record<PeriodName, PeriodInForce> =>
  eachPeriod((name, { min: daysMin, max: daysMax }) => {
    const [days, defaultDays] = [own[name], everybodys?.[name] ?? null];
    return days === undefined
      ? { days: defaultDays, from: "installation", defaultDays, daysMin, daysMax }
      : { days, from: "tenant", defaultDays, daysMin, daysMax };
  });
