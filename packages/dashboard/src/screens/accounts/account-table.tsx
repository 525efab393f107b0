import type { Account } from "@millrace/client";
import { BellOff, BellRing, Lock } from "lucide-react";
import { useSyncExternalStore } from "react";
import { Link } from "wouter";
import { useAccess } from "../../session/millrace-context.tsx";
import { SyncBadge } from "../../sync/sync-badge.tsx";
import { Badge } from "../../ui/controls.tsx";
import { Ago } from "../../ui/time.tsx";
import { scheduleOf, stateOf } from "./account-words.ts";

export function AccountTable({
  accounts,
  onChoose,
}: {
  readonly accounts: readonly Account[];
  readonly onChoose: (id: string) => void;
}) {
  return (
    <div className="table-scroll">
      <table className="account-table">
        <thead>
          <tr>
            <th scope="col">Mailbox</th>
            <th scope="col">State</th>
            <th scope="col">Up to date</th>
            <th scope="col" className="wide">
              Push
            </th>
            <th scope="col" className="wide">
              Next look
            </th>
          </tr>
        </thead>
        <tbody>
          {accounts.map((account) => (
            <AccountRow key={account.id} account={account} onChoose={onChoose} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function AccountRow({
  account,
  onChoose,
}: {
  readonly account: Account;
  readonly onChoose: (id: string) => void;
}) {
  const state = stateOf(account);
  return (
    // The button in it is what a keyboard reaches.
    <tr className="clickable" onClick={() => onChoose(account.id)}>
      <td>
        <button
          type="button"
          className="as-link strong"
          onClick={(event) => {
            event.stopPropagation();
            onChoose(account.id);
          }}
        >
          {account.email}
        </button>
        <div className="faint small">{scheduleOf(account)}</div>
      </td>
      <td className="fit">
        <span className="row">
          <Badge tone={state.tone}>{state.name}</Badge>
          {account.hold !== null && (
            <span title={`Held: ${account.hold.reason}`} className="row warn">
              <Lock size={14} aria-hidden />
              <span className="only-read">held</span>
            </span>
          )}
        </span>
      </td>
      <td className="fit">
        <ActiveSync account={account} />
      </td>
      <td className="fit wide">
        <Watch watch={account.watch} />
      </td>
      <td className="fit wide">
        <Ago at={account.nextRunAt} none="never" />
      </td>
    </tr>
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
