import "./retention.css";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Play, SearchCheck, Trash2 } from "lucide-react";
import { useState } from "react";
import { plural } from "../../format/numbers.ts";
import { ListBody } from "../../list/list-body.tsx";
import { useAddress } from "../../list/use-address.ts";
import { useListing } from "../../list/use-listing.ts";
import { isUnderWay, tasks } from "../../retention/retention-words.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Empty, Page, Panel, Problem } from "../../ui/panels.tsx";
import { toast } from "../../ui/toast.tsx";
import { OwnPeriods } from "./own-periods.tsx";
import { RunDialog } from "./run-dialog.tsx";
import { type RunFilter, RunFilters, useRunFilter } from "./run-filters.tsx";
import { RunTable } from "./run-table.tsx";

/** While one is under way it is looked at as often as the janitor looks for what is asked of it. */
const [busyMs, idleMs] = [1_500, 15_000];

/** What was removed because it had its time, what would be now, and having it done. */
export function Retention() {
  const { millrace, me, can } = useAccess();
  const queries = useQueryClient();
  const filter = useRunFilter();
  const [, narrow] = useAddress();
  const [isRunning, setRunning] = useState(false);
  const list = useListing({
    queryKey: ["retention-runs", filter],
    read: () => millrace.retention.runs(filter),
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ items }) => items.some(isUnderWay)) ? busyMs : idleMs,
  });
  const dryRun = useMutation({
    mutationFn: () => millrace.retention.run({ dryRun: true, ...(filter.task && { task: filter.task }) }),
    onSuccess: ({ runs: asked }) => {
      toast(`${plural(asked.length, "dry run")} asked for; nothing is removed`);
      // Who asks wants to see also what finds nothing. Of operators' lists nothing is left out that somebody has asked for.
      if (me.kind === "tenant") narrow("empty", "shown");
      return queries.invalidateQueries({ queryKey: ["retention-runs"] });
    },
  });
  const what = filter.task === undefined ? "" : `: ${tasks[filter.task].name}`;
  const actions = (me.kind === "operator" || can("admin")) && (
    <>
      <Button
        icon={<SearchCheck size={16} aria-hidden />}
        disabled={dryRun.isPending}
        title="Says what would be removed now, and removes nothing"
        onClick={() => dryRun.mutate()}
      >
        Dry run{what}
      </Button>
      <Button look="main" icon={<Play size={16} aria-hidden />} onClick={() => setRunning(true)}>
        Run now
      </Button>
    </>
  );
  return (
    <Page title="Retention" about="What is removed when it has had its time" actions={actions || undefined}>
      {dryRun.error !== null && <Problem error={dryRun.error} />}
      {me.kind === "tenant" && <OwnPeriods />}
      <Panel isBare title="Runs" aside={<RunFilters />}>
        <ListBody list={list} empty={<NoRuns filter={filter} />}>
          {(runs) => <RunTable runs={runs} />}
        </ListBody>
      </Panel>
      {isRunning && <RunDialog task={filter.task} onClose={() => setRunning(false)} />}
    </Page>
  );
}

function NoRuns({ filter: { task, state, includeEmpty } }: { readonly filter: RunFilter }) {
  const { me } = useAccess();
  if (task !== undefined || state !== undefined) {
    return (
      <Empty icon={Trash2} title="No such run">
        Choose another task or state.
      </Empty>
    );
  }
  if (includeEmpty === "false") {
    return (
      <Empty icon={Trash2} title="Nothing was removed yet">
        {me.kind === "operator"
          ? "No run has found anything to remove. Those that found nothing are shown when you ask for them."
          : "The janitor removes what has had its time by itself. Runs that have removed something of yours are shown here, and those that you ask for; dry runs that found nothing when you want to see them."}
      </Empty>
    );
  }
  return (
    <Empty icon={Trash2} title="Nothing was removed yet">
      The janitor removes what has had its time by itself. Runs that have removed something of yours are shown
      here, and those that you ask for.
    </Empty>
  );
}
