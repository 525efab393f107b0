export interface Query {
  readonly expr: string;
  /** Labels stand in double braces. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  readonly description?: string;
  /** Grafana's name of the unit: `s`, `bytes`, `percentunit`, `short`, `reqps`. */
  readonly unit: string;
  /** stat: one number, with its colour; otherwise a course over time. */
  readonly kind?: "stat" | "timeseries";
  /** From this value on a stat is red; absent: it has no colour. */
  readonly redFrom?: number;
  readonly isStacked?: boolean;
  readonly queries: readonly Query[];
}

export interface Dashboard {
  /** Names the file and the address. */
  readonly uid: string;
  readonly title: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}

const columns = 24;
const heights = { stat: 4, timeseries: 8 } as const;
const source = { type: "prometheus", uid: "$datasource" } as const;

/** A dashboard as Grafana reads it. Rows share their width among their panels. */
export function buildDashboard({ uid, title, rows }: Dashboard): object {
  let y = 0;
  let id = 1;
  const panels: object[] = [];
  for (const row of rows) {
    panels.push({ type: "row", title: row.title, id: id++, gridPos: { x: 0, y: y++, w: columns, h: 1 } });
    const width = Math.floor(columns / row.panels.length);
    const height = Math.max(...row.panels.map(({ kind = "timeseries" }) => heights[kind]));
    row.panels.forEach((panel, at) => {
      const gridPos = { x: at * width, y, w: width, h: height };
      panels.push({ ...buildPanel(panel), id: id++, gridPos });
    });
    y += height;
  }
  return {
    uid,
    title: `Millrace: ${title}`,
    tags: ["millrace"],
    schemaVersion: 39,
    editable: false,
    refresh: "30s",
    time: { from: "now-3h", to: "now" },
    templating: {
      list: [
        { name: "datasource", type: "datasource", query: "prometheus", label: "Prometheus", current: {} },
      ],
    },
    links: [{ type: "dashboards", title: "Millrace", tags: ["millrace"], asDropdown: true, keepTime: true }],
    panels,
  };
}

function buildPanel({ title, description, unit, kind = "timeseries", redFrom, isStacked, queries }: Panel) {
  const steps = [
    { color: redFrom === undefined ? "text" : "green", value: null },
    ...(redFrom === undefined ? [] : [{ color: "red", value: redFrom }]),
  ];
  const custom =
    kind === "stat"
      ? {}
      : { custom: { fillOpacity: isStacked ? 30 : 5, stacking: { mode: isStacked ? "normal" : "none" } } };
  return {
    type: kind,
    title,
    ...(description === undefined ? {} : { description }),
    datasource: source,
    fieldConfig: {
      defaults: { unit, min: 0, thresholds: { mode: "absolute", steps }, ...custom },
      overrides: [],
    },
    options:
      kind === "stat"
        ? { reduceOptions: { calcs: ["lastNotNull"] }, colorMode: "value", graphMode: "area" }
        : { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
    targets: queries.map(({ expr, legend }, at) => ({
      refId: String.fromCharCode(65 + at),
      datasource: source,
      expr,
      legendFormat: legend,
    })),
  };
}
