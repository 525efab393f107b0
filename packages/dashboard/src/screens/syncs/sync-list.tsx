import "./syncs.css";
import type { Sync, SyncStatus } from "@millrace/client";
import { Plus, RefreshCw } from "lucide-react";
import { useState, useSyncExternalStore } from "react";
import { useLocation } from "wouter";
import { useAccounts } from "../../api/accounts.ts";
import { ListBody } from "../../list/list-body.tsx";
import { useAddress } from "../../list/use-address.ts";
import { type Listed, useListing } from "../../list/use-listing.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { statuses } from "../../sync/sync-words.ts";
import { Button } from "../../ui/controls.tsx";
import { Empty, Page, Panel } from "../../ui/panels.tsx";
import { mailboxChoices, namesItself, SelectField } from "../../ui/select-field.tsx";
import { StartSync } from "./start-sync.tsx";
import { SyncTable } from "./sync-table.tsx";

/** All syncs, newest first, live; narrowed by account and status, which stand in the address. */
export function SyncList() {
  const { can } = useAccess();
  const [params, narrow] = useAddress();
  const accountId = params.get("account") ?? undefined;
  const status = statuses.find((one) => one === params.get("status"));
  const [isStarting, setStarting] = useState(false);
  const [, go] = useLocation();
  const accounts = useAccounts();
  const list = useSyncList({ accountId, status });
  const isNarrowed = accountId !== undefined || status !== undefined;
  const start = can("write") ? (
    <Button look="main" icon={<Plus size={16} aria-hidden />} onClick={() => setStarting(true)}>
      Start a sync
    </Button>
  ) : undefined;
  return (
    <Page title="Syncs" about="Each run over a mailbox, newest first" actions={start}>
      <Panel isBare>
        <div className="panel-head filters">
          <SelectField
            label="Account"
            isInline
            any="All"
            value={accountId ?? ""}
            choices={mailboxChoices(accounts.data)}
            onChange={(value) => narrow("account", value)}
          />
          <SelectField
            label="Status"
            isInline
            any="All"
            value={status ?? ""}
            choices={statuses.map(namesItself)}
            onChange={(value) => narrow("status", value)}
          />
        </div>
        <ListBody
          list={list}
          lines={6}
          more="Show older ones"
          empty={
            isNarrowed ? (
              <Empty icon={RefreshCw} title="No sync is like that">
                Choose another account or status.
              </Empty>
            ) : (
              <Empty icon={RefreshCw} title="No syncs yet" action={start}>
                A sync copies a mailbox, or what has changed in it. Start one, and watch it here.
              </Empty>
            )
          }
        >
          {(shown) => <SyncTable syncs={shown} accounts={accounts.data ?? []} />}
        </ListBody>
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
function useSyncList(filter: SyncFilter): Listed<Sync> {
  const { millrace, syncs: store } = useAccess();
  const { accountId, status } = filter;
  const read = useListing({
    queryKey: ["syncs", accountId ?? "", status ?? ""],
    refetchInterval: 30_000,
    read: () => millrace.syncs.list({ ...(accountId && { accountId }), ...(status && { status }) }),
    onPage: ({ items }) => items.forEach((sync) => void store.take(sync)),
  });
  const live = useSyncExternalStore(store.subscribe, store.all);
  return { ...read, items: read.items && merge(read.items, live, filter, read.hasMore) };
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
