import type { TenantWithHealth } from "@millrace/client";
import type { ReactNode } from "react";
import { count } from "../../format/numbers.ts";
import { LinkedRow } from "../../ui/linked-row.tsx";
import { TableScroll } from "../../ui/table-scroll.tsx";
import { Ago } from "../../ui/time.tsx";
import { failedWords, waitingOf } from "./tenant-words.ts";

/** Tenants and how their syncs are doing; a row leads to its tenant. */
export function TenantTable({
  tenants,
  leadTo,
}: {
  readonly tenants: readonly TenantWithHealth[];
  /** The address of one tenant's panel. */
  readonly leadTo: (id: string) => string;
}) {
  return (
    <TableScroll label="Tenants">
      <table className="cards tenant-table">
        <thead>
          <tr>
            <th scope="col">Tenant</th>
            {[
              "Running",
              "Waiting",
              "Paused",
              "Failing",
              "Failed in a day",
              "Dead letters",
              "To reconnect",
            ].map((name) => (
              <th key={name} scope="col" className="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tenants.map((tenant) => (
            <TenantRow key={tenant.id} tenant={tenant} href={leadTo(tenant.id)} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function TenantRow({ tenant, href }: { readonly tenant: TenantWithHealth; readonly href: string }) {
  const { id, name, health } = tenant;
  const { syncs, oldestWaitingAt, failedLastDay, openDeadLetters, accountsToReconnect } = health;
  const why = failedWords(failedLastDay);
  return (
    <LinkedRow
      href={href}
      name={name}
      below={
        <div>
          <code className="faint">{id}</code>
        </div>
      }
    >
      <Cell name="Running" value={syncs.running} />
      <Cell
        name="Waiting"
        value={waitingOf(health)}
        note={
          oldestWaitingAt !== null && (
            <>
              oldest <Ago at={oldestWaitingAt} />
            </>
          )
        }
      />
      <Cell name="Paused" value={syncs.paused} />
      <Cell name="Failing" value={syncs.failing} tone="bad" />
      <Cell name="Failed in a day" value={failedLastDay.count} tone="bad" note={why} />
      <Cell name="Dead letters" value={openDeadLetters} tone="bad" />
      <Cell name="To reconnect" value={accountsToReconnect} tone="warn" />
    </LinkedRow>
  );
}

/** A number; what is none does not catch the eye. */
function Cell({
  name,
  value,
  tone = "",
  note,
}: {
  readonly name: string;
  readonly value: number;
  readonly tone?: "warn" | "bad" | "";
  readonly note?: ReactNode;
}) {
  return (
    <td className="number" data-name={name}>
      <span>
        <span className={value === 0 ? "faint" : tone}>{count(value)}</span>
        {value > 0 && note && <span className="faint small note">{note}</span>}
      </span>
    </td>
  );
}
