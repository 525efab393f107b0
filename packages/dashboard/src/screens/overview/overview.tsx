import "./overview.css";
import type { Overview as Data } from "@millrace/client";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { count, plural, rate } from "../../format/numbers.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Page, Panel, Problem, Skeleton } from "../../ui/panels.tsx";
import { ActiveSyncs } from "./active-syncs.tsx";
import { ActivityCharts } from "./activity-charts.tsx";
import { HealthPanels } from "./health-panels.tsx";
import { useOverview } from "./use-overview.ts";

/** How the whole is doing: what runs, how fast, what waits, what goes wrong. */
export function Overview() {
  const { me } = useAccess();
  const { data, error, refetch } = useOverview();
  const about = me.kind === "operator" ? "All tenants of this installation" : "All syncs and mailboxes, live";
  if (data === undefined) {
    return (
      <Page title="Overview" about={about}>
        {error === null ? (
          <Panel>
            <Skeleton lines={5} />
          </Panel>
        ) : (
          <Problem error={error} onRetry={() => void refetch()} />
        )}
      </Page>
    );
  }
  return (
    <Page title="Overview" about={about}>
      <Tiles data={data} />
      <ActivityCharts />
      <HealthPanels data={data} />
      {me.kind === "tenant" ? <ActiveSyncs /> : <LookCloser />}
    </Page>
  );
}

/** Whose it is an operator sees; which syncs and mailboxes, a key of the tenant. */
const LookCloser = () => (
  <Panel title="Look closer">
    <p className="soft">
      The figures lead to the tenants that have what is counted;{" "}
      <Link href="/tenants?having=trouble">those with trouble</Link> are whose syncs fail, whose messages are
      set aside, or whose mailboxes have to be connected again. Which syncs and mailboxes these are, a key of
      the tenant shows: make one in the tenant’s panel, and sign in with it. What was removed because it had
      its time is told by the <Link href="/retention">retention runs</Link>.
    </p>
  </Panel>
);

interface TileProps {
  readonly name: string;
  readonly value: ReactNode;
  readonly note: ReactNode;
  /** Absent: there is nowhere to go. */
  readonly href?: string | undefined;
  readonly tone?: "warn" | "bad" | undefined;
}

function Tile({ name, value, note, href, tone }: TileProps) {
  const content = (
    <>
      <span className="tile-name">{name}</span>
      <span className={`tile-value number ${tone ?? ""}`}>{value}</span>
      <span className="tile-note">{note}</span>
    </>
  );
  return (
    <li>
      {href === undefined ? (
        <div className="tile">{content}</div>
      ) : (
        <Link className="tile" href={href}>
          {content}
        </Link>
      )}
    </li>
  );
}

function Tiles({ data: { syncs, messagesPerSecond, deadLetters, accounts } }: { readonly data: Data }) {
  const { me } = useAccess();
  /** An operator comes to the tenants that have what is counted. */
  const lead = (path: string, having: string): string =>
    me.kind === "operator" ? `/tenants?having=${having}` : path;
  const { completed, partial, failed } = syncs.endedLastDay;
  return (
    <ul className="tiles">
      <Tile name="Messages a second" value={rate(messagesPerSecond)} note="over the last minute" />
      <Tile
        name="Running"
        value={count(syncs.running)}
        note={`${count(completed + partial)} completed in a day`}
        href={lead("/syncs?status=running", "running")}
      />
      <Tile
        name="Queued"
        value={count(syncs.queued + syncs.requested)}
        note={syncs.requested > 0 ? `${count(syncs.requested)} just asked for` : "wait for another sync"}
        href={lead("/syncs?status=queued", "waiting")}
      />
      <Tile
        name="Paused"
        value={count(syncs.paused)}
        note={plural(accounts.reauthRequired, "mailbox to reconnect", "mailboxes to reconnect")}
        tone={syncs.paused > 0 ? "warn" : undefined}
        href={lead("/syncs?status=paused", "paused")}
      />
      <Tile
        name="Failing"
        value={count(syncs.failing)}
        note={`${count(failed)} failed in a day`}
        tone={syncs.failing > 0 ? "bad" : undefined}
        href={
          syncs.failing > 0
            ? lead("/syncs?status=running", "failing")
            : lead("/syncs?status=failed", "failed")
        }
      />
      <Tile
        name="Dead letters"
        value={count(deadLetters.open)}
        note={deadLetters.open > 0 ? "wait for somebody" : "nothing is set aside"}
        tone={deadLetters.open > 0 ? "bad" : undefined}
        href={lead("/dead-letters", "dead_letters")}
      />
    </ul>
  );
}
