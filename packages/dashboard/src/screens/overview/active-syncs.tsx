import "../syncs/syncs.css";
import { hasEnded } from "@millrace/client";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useSyncExternalStore } from "react";
import { Link } from "wouter";
import { useAccounts } from "../../api/accounts.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Empty, Panel, Skeleton } from "../../ui/panels.tsx";
import { SyncTable } from "../syncs/sync-table.tsx";

const shownMax = 8;

/** Syncs that have not ended; where there are none, the newest that have. */
export function ActiveSyncs() {
  const { millrace, syncs: store } = useAccess();
  const accounts = useAccounts();
  const recent = useQuery({
    queryKey: ["recent-syncs"],
    queryFn: async ({ signal }) => {
      const { items } = await millrace.syncs.list().page({ limit: 20, signal });
      return items.map((sync) => store.take(sync));
    },
    refetchInterval: 30_000,
  });
  const live = useSyncExternalStore(store.subscribe, store.all);
  const known = [...live].sort((a, b) => ((a.requestedAt ?? "") < (b.requestedAt ?? "") ? 1 : -1));
  const active = known.filter((sync) => !hasEnded(sync));
  const shown = (active.length > 0 ? active : known.filter(({ status }) => status !== "coalesced")).slice(
    0,
    shownMax,
  );
  return (
    <Panel
      isBare
      title={active.length > 0 ? "Syncs under way" : "Newest syncs"}
      aside={
        <Link className="push small" href="/syncs">
          All syncs
        </Link>
      }
    >
      {recent.data === undefined && shown.length === 0 && <Skeleton />}
      {recent.data !== undefined && shown.length === 0 && (
        <Empty icon={CircleCheck} title="Nothing runs">
          Start a sync from <Link href="/syncs">Syncs</Link> or <Link href="/accounts">Accounts</Link>.
        </Empty>
      )}
      {shown.length > 0 && <SyncTable syncs={shown} accounts={accounts.data ?? []} />}
    </Panel>
  );
}
