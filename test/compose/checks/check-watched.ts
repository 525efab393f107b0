import { readFileSync } from "node:fs";
import { dashboards } from "@millrace/infra/grafana/dashboards";
import { waitFor } from "@millrace/infra/process/wait-for";
import { alertsFile } from "@millrace/infra/prometheus/alert-rules";
import type { ComposeStack } from "../compose-stack.ts";

const services = ["chunker", "fetcher", "janitor", "sync-api"];
const timeoutMs = 120_000;

interface Vector {
  readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
}

/** Prometheus, as it is configured for compose.yaml, sees every service, has the alerts, and answers the dashboards. */
export async function checkWatched(stack: ComposeStack): Promise<string> {
  const ask = async <T>(path: string): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${stack.ports.prometheus}/api/v1/${path}`, {
      signal: AbortSignal.timeout(10_000),
    });
    const { data, error } = (await response.json()) as { data: T; error?: string };
    if (error !== undefined) throw new Error(`${path}: ${error}`);
    return data;
  };
  const query = (expr: string) => ask<Vector>(`query?query=${encodeURIComponent(expr)}`);
  const seen = await waitFor(
    async () => {
      const { result } = await query("up == 1").catch(() => ({ result: [] }));
      const jobs = [...new Set(result.map(({ metric }) => metric.job))].sort();
      return services.every((service) => jobs.includes(service)) ? jobs : undefined;
    },
    { timeoutMs, intervalMs: 2_000 },
  );
  if (seen === undefined)
    throw new Error(`Prometheus does not see all services: ${JSON.stringify(await query("up"))}`);
  const { groups } = await ask<{ groups: readonly { rules: readonly unknown[] }[] }>("rules?type=alert");
  const loaded = groups.reduce((sum, { rules }) => sum + rules.length, 0);
  const shipped = [...readFileSync(alertsFile, "utf8").matchAll(/alert:/g)].length;
  if (loaded !== shipped) throw new Error(`${loaded} of ${shipped} alerts are loaded`);
  const exprs = dashboards.flatMap(({ rows }) =>
    rows.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries.map(({ expr }) => expr))),
  );
  let shown = 0;
  const isEnough = await waitFor(
    async () => {
      shown = 0;
      for (const expr of exprs) {
        const { result } = await query(expr.replaceAll("$__rate_interval", "1m"));
        if (result.length > 0) shown++;
      }
      return shown >= exprs.length / 2 ? true : undefined;
    },
    { timeoutMs, intervalMs: 2_000 }, // a rate takes two looks at each service
  );
  if (isEnough === undefined)
    throw new Error(`Only ${shown} of ${exprs.length} queries of dashboards show anything`);
  return `all services are seen, ${loaded} alerts are loaded, ${shown} of ${exprs.length} queries of dashboards show something`;
}
