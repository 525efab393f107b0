import type { Account, Sync } from "@millrace/client";
import { compact, duration } from "../../format/numbers.ts";
import { SyncBadge } from "../../sync/sync-badge.tsx";
import { modeOf, progressOf, triggerOf } from "../../sync/sync-words.ts";
import { useTimeLeft } from "../../sync/use-time-left.ts";
import { Bar } from "../../ui/controls.tsx";
import { LinkedRow } from "../../ui/linked-row.tsx";
import { TableScroll } from "../../ui/table-scroll.tsx";
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
    <TableScroll label="Syncs">
      <table className="cards sync-table">
        <thead>
          <tr>
            <th scope="col">Mailbox</th>
            <th scope="col">Status</th>
            <th scope="col">Progress</th>
            <th scope="col" className="number">
              Time left
            </th>
            <th scope="col">Requested</th>
          </tr>
        </thead>
        <tbody>
          {syncs.map((sync) => (
            <SyncRow key={sync.id} sync={sync} email={emails.get(sync.accountId) ?? sync.accountId} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function SyncRow({ sync, email }: { readonly sync: Sync; readonly email: string }) {
  const { share, text, percent } = progressOf(sync);
  const trigger = triggerOf(sync);
  const isIdle = ["requested", "queued", "coalesced"].includes(sync.status);
  const isMoving = sync.status === "running" || sync.status === "paused";
  return (
    <LinkedRow
      href={`/syncs/${sync.id}`}
      name={email}
      below={
        <div className="faint small">
          {modeOf(sync)}
          {trigger !== null && `, ${trigger}`}
        </div>
      }
    >
      <td className="fit" data-name="Status">
        <SyncBadge sync={sync} />
      </td>
      <td className="progress-cell" data-name="Progress">
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
      <td className="fit number" data-name="Time left">
        <TimeCell sync={sync} />
      </td>
      <td className="fit" data-name="Requested">
        <Ago at={sync.requestedAt} />
      </td>
    </LinkedRow>
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

function TimeCell({ sync }: { readonly sync: Sync }) {
  const left = useTimeLeft(sync);
  if (left.kind === "unknown") return "not known";
  if (left.kind === "left") return duration(left.seconds);
  if (left.kind === "still") return <span className="warn">still for {duration(left.seconds)}</span>;
  const { startedAt, endedAt } = sync;
  if (startedAt === null || endedAt === null) return <span className="faint">–</span>;
  const took = (Date.parse(endedAt) - Date.parse(startedAt)) / 1_000;
  return <span className="faint">took {duration(took)}</span>;
}
