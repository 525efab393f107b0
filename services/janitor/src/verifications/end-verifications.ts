import type { AccountRef } from "@millrace/shared/events/subjects";
import { failVerification } from "@millrace/shared/verify/fail-verification";
import { forgetFindings } from "@millrace/shared/verify/forget-findings";
import { type ReconcilerPorts, unlessItFails } from "../reconcile/reconciler-ports.ts";

const hoursMax = 24;
const endedPerRun = 100;

const overlongSql = `
  select id, tenant_id as "tenantId", account_id as "accountId" from verifications
  where status = 'running' and trigger = 'schedule' and requested_at < now() - make_interval(hours => ${hoursMax})
  limit ${endedPerRun}`;

const failure = {
  category: "took_too_long",
  message: `It did not come to its end within ${hoursMax} hours; the account's next turn comes.`,
};

/** Ends comparisons of schedule that do not get on, and removes findings that are old; the rest is retention's. */
export async function endVerifications(ports: Pick<ReconcilerPorts, "pool" | "log">): Promise<void> {
  const { rows } = await ports.pool.ofAll().query<AccountRef & { id: string }>(overlongSql);
  for (const { id, tenantId, accountId } of rows) {
    await unlessItFails(ports, { "verification.id": id }, () =>
      failVerification(ports.pool, { tenantId, accountId }, id, failure),
    );
  }
  await forgetFindings(ports.pool);
}
