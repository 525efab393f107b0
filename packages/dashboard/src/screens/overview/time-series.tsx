import "uplot/dist/uPlot.min.css";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { compact } from "../../format/numbers.ts";
import { hourTime } from "../../format/times.ts";
import { useTheme } from "../../layout/theme.ts";

export interface Series {
  readonly name: string;
  /** A custom property: --mark-settled */
  readonly colour: string;
  readonly values: readonly number[];
}

const height = 190;
/** Of the axis: there is no half message. */
const steps = Array.from({ length: 9 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power)).flat();

/**
 * Values over time: one series as an area, several as bars that stand on each other.
 *
 * @param seconds of each point, since 1970
 * @param label says what is seen to who does not see it
 */
export function TimeSeries({
  seconds,
  series,
  label,
}: {
  readonly seconds: readonly number[];
  readonly series: readonly Series[];
  readonly label: string;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [width, setWidth] = useState(0);
  const theme = useTheme();
  const shape = `${theme} ${series.map(({ name }) => name).join()}`;
  const data = dataOf(seconds, series);
  const latest = useRef({ data, series });
  latest.current = { data, series };

  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // Other series or colours are another plot.
  useEffect(() => {
    const element = frame.current;
    if (element === null || width === 0) return;
    const made = new uPlot(optionsOf(element, latest.current.series, width), latest.current.data, element);
    plot.current = made;
    return () => made.destroy();
  }, [shape, width > 0]);

  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height });
  }, [width]);
  useEffect(() => plot.current?.setData(data), [data]);

  return <div className="time-series" role="img" aria-label={label} ref={frame} />;
}

/** Bars stand on those before them, so the sums are drawn, the highest first. */
function dataOf(seconds: readonly number[], series: readonly Series[]): uPlot.AlignedData {
  const sums = series.map(({ values }) => [...values]);
  for (let n = sums.length - 2; n >= 0; n--)
    sums[n] = (sums[n] ?? []).map((value, at) => value + (sums[n + 1]?.[at] ?? 0));
  return [[...seconds], ...sums];
}

function optionsOf(element: Element, series: readonly Series[], width: number): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const isArea = series.length === 1;
  const bars = uPlot.paths.bars?.({ size: [0.7, 14], radius: 0.15 });
  const axis = {
    stroke: colour("--text-faint"),
    font: `11px ${colour("--sans")}`,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { drag: { setScale: false, x: false, y: false }, points: { show: false } },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(4, high * 1.12)] } },
    axes: [
      { ...axis, grid: { show: false }, size: 28, space: 48, values: (_plot, splits) => splits.map(hour) },
      {
        ...axis,
        size: 46,
        space: 30,
        incrs: [...steps],
        values: (_plot, splits) => splits.map((value) => compact(value)),
      },
    ],
    series: [
      {},
      ...series.map(({ name, colour: property }) => ({
        label: name,
        stroke: colour(property),
        width: isArea ? 1.75 : 0,
        points: { show: false },
        fill: isArea ? fade(colour(property)) : colour(property),
        ...(!isArea && bars !== undefined && { paths: bars }),
      })),
    ],
    plugins: [tip(series)],
  };
}

const hour = (seconds: number): string => hourTime(new Date(seconds * 1_000));

const fade =
  (colour: string) =>
  ({ ctx, bbox }: uPlot): CanvasGradient => {
    const gradient = ctx.createLinearGradient(0, bbox.top, 0, bbox.top + bbox.height);
    gradient.addColorStop(0, `color-mix(in srgb, ${colour} 32%, transparent)`);
    gradient.addColorStop(1, `color-mix(in srgb, ${colour} 3%, transparent)`);
    return gradient;
  };

/** What the point under the pointer is made of. */
function tip(series: readonly Series[]): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = "series-tip";
  box.hidden = true;
  return {
    hooks: {
      init: ({ over }) => {
        over.append(box);
        over.addEventListener("mouseleave", () => {
          box.hidden = true;
        });
      },
      setCursor: ({ cursor: { idx, left }, data, over }) => {
        const at = idx === null || idx === undefined ? undefined : data[0][idx];
        box.hidden = at === undefined || (left ?? -1) < 0;
        if (at === undefined || idx === null || idx === undefined) return;
        const valueAt = (n: number): number => (data[n + 1]?.[idx] ?? 0) - (data[n + 2]?.[idx] ?? 0);
        const lines = series.map(({ name }, n) => `${name} ${compact(valueAt(n))}`);
        const some = series.length === 1 ? lines : lines.filter((_, n) => valueAt(n) > 0);
        box.textContent = [hour(at), ...(some.length > 0 ? some : ["none"])].join("  ·  ");
        const isRight = (left ?? 0) > over.clientWidth / 2;
        box.style.left = isRight ? "auto" : `${(left ?? 0) + 12}px`;
        box.style.right = isRight ? `${over.clientWidth - (left ?? 0) + 12}px` : "auto";
      },
    },
  };
}
