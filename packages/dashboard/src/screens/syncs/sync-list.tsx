import "./syncs.css";
import type { Sync, SyncStatus } from "@millrace/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Plus, RefreshCw } from "lucide-react";
import { useState, useSyncExternalStore } from "react";
import { useLocation, useSearchParams } from "wouter";
import { useAccounts } from "../../api/accounts.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { statuses } from "../../sync/sync-words.ts";
import { Button, Field } from "../../ui/controls.tsx";
import { Empty, Page, Panel, Problem, Skeleton } from "../../ui/panels.tsx";
import { StartSync } from "./start-sync.tsx";
import { SyncTable } from "./sync-table.tsx";

const pageSize = 50;

/** All syncs, newest first, live; narrowed by account and status, which stand in the address. */
export function SyncList() {
  const { can } = useAccess();
  const [params, setParams] = useSearchParams();
  const accountId = params.get("account") ?? undefined;
  const status = statuses.find((one) => one === params.get("status"));
  const [isStarting, setStarting] = useState(false);
  const [, go] = useLocation();
  const accounts = useAccounts();
  const list = useSyncList({ accountId, status });
  const narrow = (name: string, value: string): void =>
    setParams(
      (before) => {
        if (value === "") before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  const start = can("write") ? (
    <Button look="main" icon={<Plus size={16} aria-hidden />} onClick={() => setStarting(true)}>
      Start a sync
    </Button>
  ) : undefined;
  return (
    <Page title="Syncs" about="Each run over a mailbox, newest first" actions={start}>
      <Panel isBare>
        <div className="panel-head filters">
          <Field label="Account" isInline>
            <select value={accountId ?? ""} onChange={({ target }) => narrow("account", target.value)}>
              <option value="">All</option>
              {accounts.data?.map(({ id, email }) => (
                <option key={id} value={id}>
                  {email}
                </option>
              ))}
            </select>
          </Field>
          <Field label="Status" isInline>
            <select value={status ?? ""} onChange={({ target }) => narrow("status", target.value)}>
              <option value="">All</option>
              {statuses.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </Field>
        </div>
        {list.error !== null && list.syncs === undefined && (
          <div className="panel-body">
            <Problem error={list.error} onRetry={list.readAgain} />
          </div>
        )}
        {list.syncs === undefined && list.error === null && <Skeleton lines={6} />}
        {list.syncs?.length === 0 && (
          <Empty
            icon={RefreshCw}
            title={accountId === undefined && status === undefined ? "No syncs yet" : "No sync is like that"}
            action={accountId === undefined && status === undefined ? start : undefined}
          >
            {accountId === undefined && status === undefined
              ? "A sync copies a mailbox, or what has changed in it. Start one, and watch it here."
              : "Choose another account or status."}
          </Empty>
        )}
        {list.syncs !== undefined && list.syncs.length > 0 && (
          <SyncTable syncs={list.syncs} accounts={accounts.data ?? []} />
        )}
        {list.hasMore && (
          <div className="panel-body even">
            <Button isSmall disabled={list.isLoadingMore} onClick={list.more}>
              {list.isLoadingMore ? "Loading …" : "Show older ones"}
            </Button>
          </div>
        )}
      </Panel>
      {isStarting && (
        <StartSync
          accountId={accountId}
          onClose={() => setStarting(false)}
          onStarted={(id) => go(`/syncs/${id}`)}
        />
      )}
    </Page>
  );
}

interface SyncFilter {
  readonly accountId?: string | undefined;
  readonly status?: SyncStatus | undefined;
}

/** The list as it was read, each sync in its newest state, with those that have come since. */
function useSyncList(filter: SyncFilter) {
  const { millrace, syncs: store } = useAccess();
  const { accountId, status } = filter;
  const read = useInfiniteQuery({
    queryKey: ["syncs", accountId ?? "", status ?? ""],
    initialPageParam: "",
    refetchInterval: 30_000,
    queryFn: async ({ pageParam, signal }) => {
      const page = await millrace.syncs
        .list({ ...(accountId && { accountId }), ...(status && { status }) })
        .page({ limit: pageSize, signal, ...(pageParam !== "" && { cursor: pageParam }) });
      for (const sync of page.items) store.take(sync);
      return page;
    },
    getNextPageParam: (page) => page.nextCursor,
  });
  const live = useSyncExternalStore(store.subscribe, store.all);
  const listed = read.data?.pages.flatMap(({ items }) => [...items]);
  return {
    syncs: listed === undefined ? undefined : merge(listed, live, filter, read.hasNextPage),
    error: read.error,
    hasMore: read.hasNextPage,
    isLoadingMore: read.isFetchingNextPage,
    more: () => void read.fetchNextPage(),
    readAgain: () => void read.refetch(),
  };
}

function merge(listed: readonly Sync[], live: readonly Sync[], filter: SyncFilter, hasMore: boolean): Sync[] {
  const newest = new Map(live.map((sync) => [sync.id, sync]));
  const rows = new Map(listed.map((sync) => [sync.id, newest.get(sync.id) ?? sync]));
  const oldestAt = hasMore ? (listed.at(-1)?.requestedAt ?? "") : "";
  for (const sync of live) if ((sync.requestedAt ?? "") >= oldestAt) rows.set(sync.id, sync);
  return [...rows.values()]
    .filter(
      ({ accountId, status, trigger }) =>
        (filter.accountId === undefined || accountId === filter.accountId) &&
        (filter.status === undefined
          ? // Pushes that another sync covers come by the hundred: the API lists them where they are asked for.
            !(status === "coalesced" && trigger === "push")
          : status === filter.status),
    )
    .sort((a, b) => ((a.requestedAt ?? "") < (b.requestedAt ?? "") ? 1 : -1));
}
