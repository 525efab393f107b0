import type { Overview } from "@millrace/client";
import { Link } from "wouter";
import { count, duration, milliseconds, percent, plural } from "../../format/numbers.ts";
import { useAccess } from "../../session/millrace-context.tsx";
import { Bar } from "../../ui/controls.tsx";
import { Panel } from "../../ui/panels.tsx";
import { Ago } from "../../ui/time.tsx";

/** The queue, the pick-up, the provider's quota and the mailboxes. */
export function HealthPanels({ data }: { readonly data: Overview }) {
  return (
    <div className="health">
      <Lanes lanes={data.lanes} />
      <Pickup pickup={data.pickup} />
      <QuotaPanel quota={data.quota} />
      <Mailboxes accounts={data.accounts} />
    </div>
  );
}

const laneNames = { live: "Live lane", bulk: "Bulk lane" } as const;

function Lanes({ lanes }: Pick<Overview, "lanes">) {
  const most = Math.max(1, ...lanes.map(({ waiting }) => waiting));
  return (
    <Panel title="Queue">
      <ul className="measures">
        {lanes.map(({ lane, waiting, oldestSeconds }) => (
          <li key={lane}>
            <span className="row">
              {laneNames[lane]}
              <b className="push number">{plural(waiting, "chunk")}</b>
            </span>
            <Bar label={laneNames[lane]} share={waiting / most} text={plural(waiting, "chunk")} />
            <span className="faint small number">
              {oldestSeconds === null ? "nothing waits" : `oldest waits ${duration(oldestSeconds)}`}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Pickup({ pickup: { count: n, medianMs, p95Ms } }: Pick<Overview, "pickup">) {
  return (
    <Panel title="Pick-up">
      <dl className="pairs">
        <Pair name="Median" value={medianMs === null ? "–" : milliseconds(medianMs)} />
        <Pair name="95 of 100 within" value={p95Ms === null ? "–" : milliseconds(p95Ms)} />
      </dl>
      <p className="faint small">
        {n === 0
          ? "No sync was begun within the hour"
          : `From request to start, of ${plural(n, "sync")} in the last hour`}
      </p>
    </Panel>
  );
}

function QuotaPanel({ quota }: Pick<Overview, "quota">) {
  if (quota === null) {
    return (
      <Panel title="Quota">
        <p className="soft">None is kept: calls are made as fast as the provider takes them.</p>
      </Panel>
    );
  }
  const { unitsPerMinute, usedLastMinute } = quota;
  if (unitsPerMinute === null || usedLastMinute === null) {
    return (
      <Panel title="Quota">
        <p className="soft">Not known: the broker does not answer.</p>
      </Panel>
    );
  }
  const words = `${count(usedLastMinute)} of ${count(unitsPerMinute)} units`;
  const isNear = usedLastMinute > 0.9 * unitsPerMinute;
  return (
    <Panel title="Quota">
      <dl className="pairs">
        <Pair name="Used in the last minute" value={percent(usedLastMinute, unitsPerMinute)} />
      </dl>
      <Bar
        label="Quota of the project"
        share={usedLastMinute / Math.max(1, unitsPerMinute)}
        text={words}
        tone={isNear ? "warn" : undefined}
      />
      <p className="faint small number" style={{ marginTop: 6 }}>
        {words}, shared by all mailboxes
      </p>
    </Panel>
  );
}

function Mailboxes({ accounts }: Pick<Overview, "accounts">) {
  const { me } = useAccess();
  const { connected, reauthRequired, watched, watchesLapsed, neverSynced, oldestSyncedAt } = accounts;
  return (
    <Panel
      title="Mailboxes"
      aside={
        me.kind === "tenant" ? (
          <Link className="push small" href="/accounts">
            All
          </Link>
        ) : (
          reauthRequired > 0 && (
            <Link className="push small" href="/tenants?having=reconnect">
              Whose to reconnect
            </Link>
          )
        )
      }
    >
      <dl className="pairs">
        <Pair name="Connected" value={count(connected)} />
        <Pair
          name="To be reconnected"
          value={count(reauthRequired)}
          tone={reauthRequired > 0 ? "bad" : undefined}
        />
        <Pair name="Told by push" value={count(watched)} />
        <Pair name="Push lapsed" value={count(watchesLapsed)} tone={watchesLapsed > 0 ? "warn" : undefined} />
      </dl>
      <p className="faint small">
        Oldest copy: <Ago at={oldestSyncedAt} none="none yet" />
        {neverSynced > 0 && `; ${count(neverSynced)} never synced`}
      </p>
    </Panel>
  );
}

const Pair = ({
  name,
  value,
  tone,
}: {
  readonly name: string;
  readonly value: string;
  readonly tone?: string | undefined;
}) => (
  <div>
    <dt>{name}</dt>
    <dd className={`number ${tone ?? ""}`}>{value}</dd>
  </div>
);
