import type { AccountRef } from "../events/subjects.ts";
import type { Pool } from "./create-pool.ts";

/**
 * Who of a tenant runs, and who waits because as many syncs of it run as may (`tenants.running_syncs_max`): in order, and
 * overtaken by nobody. A tenant without a cap has no line, and each of its syncs a seat.
 *
 * Seats are reservations: to take one twice is to take it once, and one whose sync does not start after all is given up
 * by whatever moved the account, or by the janitor. All methods throw the database's errors.
 */
export interface TenantLine {
  /**
   * True when the sync may start. If not, its account waits in the line, and is told of by `leave` when its turn has come.
   *
   * @param cause the id of what asks: when it asks for the others' seats again, it is told of this one as well
   */
  take(ref: AccountRef, syncId: string, cause: string): Promise<boolean>;
  /**
   * The sync does not run any more, or does not wait: its seat goes to the next.
   *
   * @param cause the id of the event that says so
   * @returns accounts that this event has given a seat, now or when it was delivered before: to be started
   */
  leave(ref: AccountRef, syncId: string, cause: string): Promise<readonly AccountRef[]>;
  /** The sync runs, with or without a free seat: it was paused and goes on, or nobody had noted it. */
  keep(ref: AccountRef, syncId: string, cause: string): Promise<void>;
}

const takeSql = `select take_seat($1, $2, $3, $4) as "hasSeat"`;

const leaveSql = `select leave_seat($1, $2, $3, $4) as "accountId"`;

const keepSql = `
  insert into tenant_lines (account_id, tenant_id, sync_id, seated_by)
  select accounts.id, $1, $3, $4 from accounts join tenants on tenants.id = tenant_id
  where tenant_id = $1 and accounts.id = $2 and running_syncs_max is not null
  on conflict (account_id) do update
    set sync_id = excluded.sync_id, seated_by = coalesce(tenant_lines.seated_by, excluded.seated_by)`;

export function createTenantLine(pool: Pool): TenantLine {
  const query = <T extends object>(name: string, text: string, ref: AccountRef, ...more: string[]) =>
    pool.of(ref.tenantId).query<T>({ name, text, values: [ref.tenantId, ref.accountId, ...more] });
  return {
    async take(ref, syncId, cause) {
      const { rows } = await query<{ hasSeat: boolean }>("take-seat", takeSql, ref, syncId, cause);
      return rows[0]?.hasSeat === true;
    },
    async leave(ref, syncId, cause) {
      const { rows } = await query<{ accountId: string }>("leave-seat", leaveSql, ref, syncId, cause);
      return rows.map(({ accountId }) => ({ tenantId: ref.tenantId, accountId }));
    },
    async keep(ref, syncId, cause) {
      await query("keep-seat", keepSql, ref, syncId, cause);
    },
  };
}
