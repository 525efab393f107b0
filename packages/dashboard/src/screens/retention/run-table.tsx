import type { RetentionRun } from "@millrace/client";
import { duration, milliseconds } from "../../format/numbers.ts";
import { bytesOf, removedOf, states, tasks } from "../../retention/retention-words.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Badge } from "../../ui/controls.tsx";
import { TableScroll } from "../../ui/table-scroll.tsx";
import { Ago, useNow } from "../../ui/time.tsx";

export function RunTable({ runs }: { readonly runs: readonly RetentionRun[] }) {
  return (
    <TableScroll label="Runs of retention">
      <table className="cards run-table">
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">State</th>
            <th scope="col">Removed</th>
            <th scope="col" className="number">
              Bytes
            </th>
            <th scope="col">When</th>
            <th scope="col" className="number">
              Took
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function RunRow({ run }: { readonly run: RetentionRun }) {
  const { task, state, dryRun, requestedAt, startedAt } = run;
  return (
    <tr>
      <td className="run-task">
        <span className="strong" title={tasks[task].about}>
          {tasks[task].name}
        </span>
        <div className="faint small">
          <Asked run={run} />
        </div>
      </td>
      <td className="fit" data-name="State">
        <span className="run-badges">
          <Badge tone={states[state]}>{state}</Badge>
          {state === "completed" && !dryRun && !run.isDone && (
            <span className="faint small"> more is due</span>
          )}
          {dryRun && <Badge isPlain>dry run</Badge>}
        </span>
      </td>
      <td data-name="Removed">
        <Removed run={run} />
      </td>
      <td className="number fit" data-name="Bytes">
        {bytesOf(run) ?? <span className="faint">–</span>}
      </td>
      <td className="fit" data-name="When">
        <Ago at={startedAt ?? requestedAt} />
      </td>
      <td className="number fit" data-name="Took">
        <Took run={run} />
      </td>
    </tr>
  );
}

/** Whose it was, and who wanted it. */
function Asked({ run: { tenantId, askedBy } }: { readonly run: RetentionRun }) {
  const { me } = useAccess();
  const whose = tenantId === null ? "everybody’s" : me.kind === "operator" ? tenantId : "this tenant’s";
  return (
    <>
      {whose},{" "}
      {askedBy === null ? "by schedule" : tenantId === null ? "asked for by an operator" : "asked for"}
    </>
  );
}

function Removed({ run }: { readonly run: RetentionRun }) {
  const { failure, dryRun, state } = run;
  const removed = removedOf(run);
  return (
    <>
      {removed === null ? (
        <span className="faint">{state === "completed" ? (dryRun ? "nothing is due" : "nothing") : "–"}</span>
      ) : (
        <span className={dryRun ? "soft" : undefined}>
          {dryRun && "would be: "}
          {removed}
        </span>
      )}
      {failure !== null && <div className="bad small">{failure}</div>}
    </>
  );
}

/** Of one that runs: how long it does already. */
function Took({ run: { startedAt, endedAt } }: { readonly run: RetentionRun }) {
  const nowMs = useNow();
  if (startedAt === null) return <span className="faint">–</span>;
  if (endedAt !== null) return <>{milliseconds(Date.parse(endedAt) - Date.parse(startedAt))}</>;
  return <>{duration(Math.max(0, Math.floor((nowMs - Date.parse(startedAt)) / 1_000)))}</>;
}
