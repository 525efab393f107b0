import type { Account, Sync } from "@millrace/client";
import { Link, useLocation } from "wouter";
import { compact, duration } from "../../format/numbers.ts";
import { SyncBadge } from "../../sync/sync-badge.tsx";
import { modeOf, progressOf, triggerOf } from "../../sync/sync-words.ts";
import { Bar } from "../../ui/controls.tsx";
import { Ago } from "../../ui/time.tsx";

/** Syncs in a table; a row leads to its sync. */
export function SyncTable({
  syncs,
  accounts,
}: {
  readonly syncs: readonly Sync[];
  readonly accounts: readonly Account[];
}) {
  const emails = new Map(accounts.map(({ id, email }) => [id, email]));
  return (
    <div className="table-scroll">
      <table className="sync-table">
        <thead>
          <tr>
            <th scope="col">Mailbox</th>
            <th scope="col">Status</th>
            <th scope="col">Progress</th>
            <th scope="col" className="wide number">
              Time left
            </th>
            <th scope="col" className="wide">
              Requested
            </th>
          </tr>
        </thead>
        <tbody>
          {syncs.map((sync) => (
            <SyncRow key={sync.id} sync={sync} email={emails.get(sync.accountId) ?? sync.accountId} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function SyncRow({ sync, email }: { readonly sync: Sync; readonly email: string }) {
  const [, go] = useLocation();
  const { share, text, percent } = progressOf(sync);
  const trigger = triggerOf(sync);
  const isIdle = ["requested", "queued", "coalesced"].includes(sync.status);
  const isMoving = sync.status === "running" || sync.status === "paused";
  return (
    // The link in it is what a keyboard reaches; the rest of the row is a larger target for a pointer.
    <tr className="clickable" onClick={() => go(`/syncs/${sync.id}`)}>
      <td>
        <Link href={`/syncs/${sync.id}`} className="strong" onClick={(event) => event.stopPropagation()}>
          {email}
        </Link>
        <div className="faint small">
          {modeOf(sync)}
          {trigger !== null && `, ${trigger}`}
        </div>
      </td>
      <td className="fit">
        <SyncBadge sync={sync} />
      </td>
      <td className="progress-cell">
        {isIdle ? (
          <span className="faint">–</span>
        ) : (
          <>
            <div className="row small number">
              <span className="cut">{progressText(sync, text)}</span>
              {isMoving && percent !== null && <span className="push faint">{percent}</span>}
            </div>
            {isMoving && (share !== null || sync.status === "running") && (
              <Bar
                label={`Progress of ${email}`}
                share={share}
                text={`${text} messages`}
                tone={sync.status === "paused" || sync.trouble !== null ? "warn" : undefined}
              />
            )}
          </>
        )}
      </td>
      <td className="fit number wide">{timeCell(sync)}</td>
      <td className="fit wide">
        <Ago at={sync.requestedAt} />
      </td>
    </tr>
  );
}

function progressText({ status, progress, ledger }: Sync, text: string): string {
  if (status === "running" || status === "paused") return text;
  const changed = ledger.stored + ledger.gone;
  if (status === "failed" || status === "cancelled") return `${compact(progress.settled)} settled`;
  return ledger.listed === 0
    ? "Nothing had changed"
    : `${compact(ledger.listed)} messages, ${compact(changed)} new`;
}

function timeCell({ status, progress, startedAt, endedAt }: Sync) {
  if (status === "running")
    return progress.secondsLeft === null ? "not known" : duration(progress.secondsLeft);
  if (startedAt === null || endedAt === null) return <span className="faint">–</span>;
  const took = (Date.parse(endedAt) - Date.parse(startedAt)) / 1_000;
  return <span className="faint">took {duration(took)}</span>;
}
