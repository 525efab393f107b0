import { Option } from "@commander-js/extra-typings";
import type { Millrace, Tenant } from "@millrace/client";
import type { PeriodName } from "@millrace/shared/retention/tenant-periods";
import type { Target } from "../api/choose-target.ts";
import { isOperatorKey } from "../api/is-operator-key.ts";
import { UsageError } from "../program/exit-codes.ts";

/** A server of another release may have fewer, or more. */
export type PeriodsInForce = Readonly<Partial<Tenant["retentionInForce"]>>;
/** In days; null: as it is for everybody again. */
export type PeriodsChange = Readonly<Partial<Record<PeriodName, number | null>>>;

export const tenantOption = () => new Option("--tenant <id>", "whose periods; asked with an operator's key");

interface Opened {
  readonly millrace: Millrace;
  readonly target: Target;
}

/** @throws UsageError when an operator does not say whose are meant: he has none of his own */
export async function inForceOf(opened: Opened, tenantId: string | undefined): Promise<PeriodsInForce> {
  checkWhose(opened, tenantId);
  const { tenant, tenants } = opened.millrace;
  return (await (tenantId === undefined ? tenant.get() : tenants.get(tenantId))).retentionInForce;
}

/**
 * @returns what is in force then
 * @throws UsageError as above
 */
export async function changePeriods(
  opened: Opened,
  tenantId: string | undefined,
  retention: PeriodsChange,
): Promise<PeriodsInForce> {
  checkWhose(opened, tenantId);
  const { tenant, tenants } = opened.millrace;
  const changed =
    tenantId === undefined ? tenant.change({ retention }) : tenants.change(tenantId, { retention });
  return (await changed).retentionInForce;
}

function checkWhose({ target }: Opened, tenantId: string | undefined): void {
  if (tenantId === undefined && isOperatorKey(target.key))
    throw new UsageError(
      `${target.keyFrom} is an operator's key: name whose periods are meant with --tenant.`,
    );
}
