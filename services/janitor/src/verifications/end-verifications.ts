import type { AccountRef } from "@millrace/shared/events/subjects";
import { failVerification } from "@millrace/shared/verify/fail-verification";
import { forgetFindings } from "@millrace/shared/verify/forget-findings";
import { type ReconcilerPorts, unlessItFails } from "../reconcile/reconciler-ports.ts";

const hoursMax = 24;
const endedPerRun = 100;
const keptDays = 90;
const forgottenPerRun = 1_000;

const overlongSql = `
  select id, tenant_id as "tenantId", account_id as "accountId" from verifications
  where status = 'running' and trigger = 'schedule' and requested_at < now() - make_interval(hours => ${hoursMax})
  limit ${endedPerRun}`;

const failure = {
  category: "took_too_long",
  message: `It did not come to its end within ${hoursMax} hours; the account's next turn comes.`,
};

/** The newest of an account says how it stands, however old it is. */
const forgetSql = `
  delete from verifications where id = any(array(
    select v.id from verifications v join accounts a on a.id = v.account_id
    where v.ended_at < now() - make_interval(days => ${keptDays}) and a.held_at is null
      and exists (
        select from verifications newer
        where newer.account_id = v.account_id and newer.status = 'completed' and newer.sync_id is null
          and newer.ended_at > v.ended_at)
    limit ${forgottenPerRun}))`;

/** Ends comparisons of schedule that do not get on, and removes what nobody needs of those that ended long ago. */
export async function endVerifications(ports: Pick<ReconcilerPorts, "pool" | "log">): Promise<void> {
  const { rows } = await ports.pool.ofAll().query<AccountRef & { id: string }>(overlongSql);
  for (const { id, tenantId, accountId } of rows) {
    await unlessItFails(ports, { "verification.id": id }, () =>
      failVerification(ports.pool, { tenantId, accountId }, id, failure),
    );
  }
  await forgetFindings(ports.pool);
  await ports.pool.ofAll().query(forgetSql);
}
