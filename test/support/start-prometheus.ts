import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@millrace/infra/process/free-port";
import { startServerProcess } from "@millrace/infra/process/server-process";
import { waitFor } from "@millrace/infra/process/wait-for";
import { startWatchdog } from "@millrace/infra/process/watchdog";
import { alertsFile } from "@millrace/infra/prometheus/alert-rules";

export interface Prometheus {
  /** Names of the alerts that fire, with the service where they name one: `MillraceServiceDown chunker`. */
  firing(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const readyMs = 60_000;
const stopMs = 5_000;

/**
 * A Prometheus on this machine that scrapes once a second, with the alert rules as they are shipped, but for how long
 * something has to be wrong: a second.
 *
 * @param program its file
 * @param targets addresses (host:port) by service
 */
export async function startPrometheus(
  program: string,
  targets: Readonly<Record<string, string>>,
): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-prometheus-"));
  const watchdog = startWatchdog("KILL", [folder]);
  const rules = readFileSync(alertsFile, "utf8").replaceAll(/for: \w+/g, "for: 1s");
  writeFileSync(join(folder, "alerts.yml"), rules);
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: ["alerts.yml"],
    scrape_configs: Object.entries(targets).map(([service, address]) => ({
      job_name: service,
      static_configs: [{ targets: [address], labels: { app: "millrace" } }],
    })),
  };
  writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config)); // JSON is YAML as well
  const port = await freePort();
  const server = await startServerProcess({
    command: program,
    args: [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    logFile: join(folder, "prometheus.log"),
    onSpawn: ({ pid }) => watchdog.guard(pid),
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await server.stop("SIGTERM", stopMs);
    rmSync(folder, { recursive: true, force: true });
    watchdog.dismiss();
  };
  const isReady = async () => (await fetch(`${url}/-/ready`).catch(() => null))?.ok || undefined;
  if (!(await waitFor(isReady, { timeoutMs: readyMs, intervalMs: 200 }))) {
    const log = readFileSync(join(folder, "prometheus.log"), "utf8").slice(-2_000);
    await stop();
    throw new Error(`Prometheus was not ready within ${readyMs / 1_000} s:\n${log}`);
  }
  return { firing: () => readFiring(url), stop };
}

interface AlertsAnswer {
  readonly data: {
    readonly alerts: readonly {
      readonly state: string;
      readonly labels: { readonly alertname: string; readonly job?: string };
    }[];
  };
}

async function readFiring(url: string): Promise<readonly string[]> {
  const { data } = (await (await fetch(`${url}/api/v1/alerts`)).json()) as AlertsAnswer;
  const firing = data.alerts.filter(({ state }) => state === "firing");
  return firing.map(({ labels }) => [labels.alertname, labels.job].filter(Boolean).join(" ")).toSorted();
}
