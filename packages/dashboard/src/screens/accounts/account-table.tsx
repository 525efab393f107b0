import type { Account } from "@millrace/client";
import { BellOff, BellRing, Lock } from "lucide-react";
import { useSyncExternalStore } from "react";
import { Link } from "wouter";
import { useAccess } from "../../session/millrace-context.tsx";
import { SyncBadge } from "../../sync/sync-badge.tsx";
import { Badge } from "../../ui/controls.tsx";
import { LinkedRow } from "../../ui/linked-row.tsx";
import { TableScroll } from "../../ui/table-scroll.tsx";
import { Ago } from "../../ui/time.tsx";
import { scheduleOf, stateOf } from "./account-words.ts";
import { ConsentEnds } from "./consent-end.tsx";
import { NextLook } from "./next-look.tsx";

export function AccountTable({
  accounts,
  onReconnect,
}: {
  readonly accounts: readonly Account[];
  readonly onReconnect: (account: Account) => void;
}) {
  return (
    <TableScroll label="Mailboxes">
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">Mailbox</th>
            <th scope="col">State</th>
            <th scope="col">Up to date</th>
            <th scope="col">Push</th>
            <th scope="col">Next look</th>
          </tr>
        </thead>
        <tbody>
          {accounts.map((account) => (
            <AccountRow key={account.id} account={account} onReconnect={() => onReconnect(account)} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function AccountRow({
  account,
  onReconnect,
}: {
  readonly account: Account;
  readonly onReconnect: () => void;
}) {
  const state = stateOf(account);
  return (
    <LinkedRow
      href={`/accounts?account=${account.id}`}
      name={account.email}
      below={<div className="faint small">{scheduleOf(account)}</div>}
    >
      <td className="fit" data-name="State">
        <span className="row">
          <Badge tone={state.tone}>{state.name}</Badge>
          <ConsentEnds account={account} />
          {account.hold !== null && (
            <span title={`Held: ${account.hold.reason}`} className="row warn">
              <Lock size={14} aria-hidden />
              <span className="only-read">held</span>
            </span>
          )}
        </span>
      </td>
      <td className="fit" data-name="Up to date">
        <ActiveSync account={account} />
      </td>
      <td className="fit" data-name="Push">
        <Watch watch={account.watch} />
      </td>
      <td className="fit" data-name="Next look">
        <NextLook account={account} onReconnect={onReconnect} />
      </td>
    </LinkedRow>
  );
}

/** The sync that runs now, or how old the copy is. */
function ActiveSync({ account: { activeSyncId, lastSyncedAt } }: { readonly account: Account }) {
  const { syncs } = useAccess();
  const active = useSyncExternalStore(syncs.subscribe, () =>
    activeSyncId === null ? undefined : syncs.get(activeSyncId),
  );
  if (active !== undefined && active.endedAt === null) {
    return (
      <Link href={`/syncs/${active.id}`} onClick={(event) => event.stopPropagation()}>
        <SyncBadge sync={active} />
      </Link>
    );
  }
  return <Ago at={lastSyncedAt} none="no copy yet" />;
}

export function Watch({ watch }: { readonly watch: Account["watch"] }) {
  if (watch === null) return <span className="faint">polled</span>;
  if (watch.lapsedSince !== null) {
    return (
      <span className="row warn">
        <BellOff size={14} aria-hidden />
        <span>
          lapsed <Ago at={watch.lapsedSince} />
        </span>
      </span>
    );
  }
  if (watch.expiresAt === null) return <span className="faint">not set up</span>;
  return (
    <span className="row">
      <BellRing size={14} aria-hidden className="good" />
      <span>
        ends <Ago at={watch.expiresAt} none="unknown" />
      </span>
    </span>
  );
}
