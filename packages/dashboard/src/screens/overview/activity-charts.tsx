import type { Activity } from "@millrace/client";
import { useMemo, useState } from "react";
import { count, plural } from "../../format/numbers.ts";
import { categories, categoryOf } from "../../sync/sync-words.ts";
import { Panel, Problem, Skeleton } from "../../ui/panels.tsx";
import { SelectField } from "../../ui/select-field.tsx";
import { type Series, TimeSeries } from "./time-series.tsx";
import { useActivity } from "./use-overview.ts";

const spans = [
  ["60", "Last hour"],
  ["360", "Last 6 hours"],
  ["1440", "Last day"],
] as const;

/** By how much a category wants somebody: what waits by itself is blue, what somebody has to mend red. */
const colours: Record<string, string> = {
  rate_limited: "--mark-outstanding",
  transient: "--mark-failing",
  token_expired: "--mark-settled",
  consent_lost: "--mark-dead",
  bad_item: "--bad",
  crash_loop: "--text",
};

/** What was done and what went wrong, minute by minute. */
export function ActivityCharts() {
  const [minutes, setMinutes] = useState<number>(60);
  const { data, error, refetch } = useActivity(minutes);
  const choose = (
    <span className="push">
      <SelectField
        label="Span"
        isInline
        value={String(minutes)}
        choices={spans}
        onChange={(value) => setMinutes(Number(value))}
      />
    </span>
  );
  return (
    <div className="charts">
      <Panel title="Messages" aside={choose}>
        {data === undefined ? waitOr(error, () => void refetch()) : <Throughput data={data} />}
      </Panel>
      <Panel title="Errors by category">
        {data === undefined ? waitOr(error, () => void refetch()) : <Failures data={data} />}
      </Panel>
    </div>
  );
}

const waitOr = (error: unknown, onRetry: () => void) =>
  error === null ? <Skeleton lines={4} /> : <Problem error={error} onRetry={onRetry} />;

const secondsOf = ({ points }: Activity): number[] => points.map(({ at }) => Date.parse(at) / 1_000);
const stepOf = ({ stepSeconds }: Activity): string =>
  stepSeconds === 60 ? "a minute" : `in ${plural(stepSeconds / 60, "minute")}`;

function Throughput({ data }: { readonly data: Activity }) {
  const seconds = useMemo(() => secondsOf(data), [data]);
  const values = useMemo(() => data.points.map(({ messages }) => messages), [data]);
  const series = useMemo<Series[]>(() => [{ name: "Messages", colour: "--mark-settled", values }], [values]);
  const total = values.reduce((sum, value) => sum + value, 0);
  const label = `${count(total)} messages settled; at most ${count(Math.max(0, ...values))} ${stepOf(data)}`;
  return (
    <>
      <p className="chart-note number">{label}</p>
      <TimeSeries seconds={seconds} series={series} label={label} />
    </>
  );
}

function Failures({ data }: { readonly data: Activity }) {
  const seconds = useMemo(() => secondsOf(data), [data]);
  const series = useMemo<Series[]>(() => seriesOf(data), [data]);
  const sumOf = ({ values }: Series): number => values.reduce((sum, value) => sum + value, 0);
  if (series.length === 0) {
    return (
      <>
        <p className="chart-note">Attempts that failed, and messages that were set aside</p>
        <div className="chart-calm">Nothing has gone wrong in this time.</div>
      </>
    );
  }
  const label = series.map((one) => `${one.name} ${count(sumOf(one))}`).join(", ");
  return (
    <>
      <ul className="chart-legend">
        {series.map((one) => (
          <li key={one.name}>
            <i style={{ background: `var(${one.colour})` }} />
            {one.name} <b className="number">{count(sumOf(one))}</b>
          </li>
        ))}
      </ul>
      <TimeSeries seconds={seconds} series={series} label={`Errors ${stepOf(data)}: ${label}`} />
    </>
  );
}

function seriesOf({ points }: Activity): Series[] {
  const found = new Set(points.flatMap(({ failures }) => Object.keys(failures)));
  const known = Object.keys(categories).filter((category) => found.has(category));
  const others = [...found].filter((category) => !(category in categories));
  return [...known, ...others]
    .map((category) => ({
      name: categoryOf(category),
      colour: colours[category] ?? "--text-faint",
      values: points.map(({ failures }) => failures[category] ?? 0),
    }))
    .filter(({ values }) => values.some((value) => value > 0));
}
