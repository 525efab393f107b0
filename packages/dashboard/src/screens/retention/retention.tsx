import "./retention.css";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Play, SearchCheck, Trash2 } from "lucide-react";
import { useState } from "react";
import { plural } from "../../format/numbers.ts";
import { isUnderWay, tasks } from "../../retention/retention-words.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Button } from "../../ui/controls.tsx";
import { Empty, Page, Panel, Problem, Skeleton } from "../../ui/panels.tsx";
import { toast } from "../../ui/toast.tsx";
import { OwnPeriods } from "./own-periods.tsx";
import { RunDialog } from "./run-dialog.tsx";
import { RunFilters, useRunFilter } from "./run-filters.tsx";
import { RunTable } from "./run-table.tsx";

const pageSize = 50;
/** While one is under way it is looked at as often as the janitor looks for what is asked of it. */
const [busyMs, idleMs] = [1_500, 15_000];

/** What was removed because it had its time, what would be now, and having it done. */
export function Retention() {
  const { millrace, me, can } = useAccess();
  const queries = useQueryClient();
  const filter = useRunFilter();
  const [isRunning, setRunning] = useState(false);
  const list = useInfiniteQuery({
    queryKey: ["retention-runs", filter],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      millrace.retention
        .runs(filter)
        .page({ limit: pageSize, signal, ...(pageParam !== "" && { cursor: pageParam }) }),
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ items }) => items.some(isUnderWay)) ? busyMs : idleMs,
  });
  const runs = list.data?.pages.flatMap(({ items }) => [...items]);
  const dryRun = useMutation({
    mutationFn: () => millrace.retention.run({ dryRun: true, ...(filter.task && { task: filter.task }) }),
    onSuccess: ({ runs: asked }) => {
      toast(`${plural(asked.length, "dry run")} asked for; nothing is removed`);
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
        {list.error !== null && runs === undefined && (
          <div className="panel-body">
            <Problem error={list.error} onRetry={() => void list.refetch()} />
          </div>
        )}
        {runs === undefined && list.error === null && <Skeleton lines={5} />}
        {runs?.length === 0 && <NoRuns isFiltered={Object.keys(filter).length > 0} />}
        {runs !== undefined && runs.length > 0 && <RunTable runs={runs} />}
        {list.hasNextPage && (
          <div className="panel-body even">
            <Button isSmall disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              Show more
            </Button>
          </div>
        )}
      </Panel>
      {isRunning && <RunDialog task={filter.task} onClose={() => setRunning(false)} />}
    </Page>
  );
}

function NoRuns({ isFiltered }: { readonly isFiltered: boolean }) {
  return isFiltered ? (
    <Empty icon={Trash2} title="No such run">
      Choose another task or state.
    </Empty>
  ) : (
    <Empty icon={Trash2} title="Nothing was removed yet">
      The janitor removes what has had its time by itself. Runs that have removed something of yours are shown
      here, and those that you ask for.
    </Empty>
  );
}
