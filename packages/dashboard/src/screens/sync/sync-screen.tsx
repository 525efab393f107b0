import "./sync.css";
import { hasEnded, type Sync } from "@millrace/client";
import { Link } from "wouter";
import { useAccount } from "../../api/accounts.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { SyncBadge } from "../../sync/sync-badge.tsx";
import { modeOf, triggerOf } from "../../sync/sync-words.ts";
import { useSync } from "../../sync/use-sync.ts";
import { isMissing, Missing } from "../../ui/missing.tsx";
import { Page, Panel, Problem, Skeleton } from "../../ui/panels.tsx";
import { Ago } from "../../ui/time.tsx";
import { ChunkPanel } from "./chunk-panel.tsx";
import { Ledger } from "./ledger.tsx";
import { SyncActions } from "./sync-actions.tsx";
import { SyncFacts } from "./sync-facts.tsx";
import { SyncProgressPanel } from "./sync-progress-panel.tsx";
import { Timeline } from "./timeline.tsx";

/** One sync, from its request to its proof. */
export function SyncScreen({ id }: { readonly id: string }) {
  const { me } = useAccess();
  const { sync, error, retry } = useSync(id);
  if (sync === undefined && isMissing(error)) {
    const isAllowed = me.syncId === null;
    return (
      <Missing title="No such sync" back={isAllowed ? ["/syncs", "All syncs"] : ["/", "Back"]}>
        No sync is called <code>{id}</code>. It may have had its time and been removed, or belong to another
        tenant, or the address was cut when it was copied.
      </Missing>
    );
  }
  if (sync === undefined) {
    return (
      <Page title="Sync" about={<code>{id}</code>}>
        {error === null ? (
          <Panel>
            <Skeleton lines={4} />
          </Panel>
        ) : (
          <Problem error={error} onRetry={retry} />
        )}
      </Page>
    );
  }
  return <KnownSync sync={sync} />;
}

function KnownSync({ sync }: { readonly sync: Sync }) {
  const account = useAccount(sync.accountId);
  // Who was let in to one sync only may look at nothing else.
  const ofOne = useAccess().me.syncId !== null;
  const trigger = triggerOf(sync);
  return (
    <Page
      title={
        <span className="row wrap">
          {account === undefined ? (
            ofOne ? (
              "Your mailbox"
            ) : (
              sync.accountId
            )
          ) : (
            <Link href={`/accounts?account=${account.id}`}>{account.email}</Link>
          )}
          <SyncBadge sync={sync} />
        </span>
      }
      about={
        <>
          {!ofOne && (
            <>
              <Link href="/syncs">Syncs</Link> /{" "}
            </>
          )}
          {modeOf(sync)}
          {trigger !== null && `, ${trigger}`}
          {sync.requestedAt !== null && (
            <>
              , <Ago at={sync.requestedAt} />
            </>
          )}
        </>
      }
      actions={<SyncActions sync={sync} />}
    >
      <SyncProgressPanel sync={sync} />
      <div className="sync-columns">
        <div className="stack">
          <ChunkPanel sync={sync} />
          <Timeline sync={sync} />
        </div>
        <div className="stack">
          <Ledger sync={sync} hasEnded={hasEnded(sync)} />
          <SyncFacts sync={sync} />
        </div>
      </div>
    </Page>
  );
}
