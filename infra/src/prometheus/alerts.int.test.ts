import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AlertCase, alertCases } from "./alert-cases.ts";
import { alertsFile, readAlertRules } from "./alert-rules.ts";
import { resolvePrometheus } from "./resolve-prometheus.ts";

const run = promisify(execFile);
const runbooks = fileURLToPath(new URL("../../../docs/operations.md", import.meta.url));
const configFile = fileURLToPath(new URL("../../prometheus/prometheus.yml", import.meta.url));
const rules = readAlertRules();

describe("alert rules", () => {
  it("have a case in which they fire and one in which they do not, each of them", () => {
    expect(rules.map(({ alert }) => alert).toSorted()).toEqual(Object.keys(alertCases).toSorted());
  });

  it("say how bad it is, what happens, and where the runbook is, and the runbook is there", () => {
    const headings = readFileSync(runbooks, "utf8").match(/^#+ .*$/gm) ?? [];
    const anchors = headings.map((heading) =>
      heading
        .replace(/^#+ /, "")
        .toLowerCase()
        .replaceAll(" ", "-")
        .replaceAll(/[^a-z0-9-]/g, ""),
    );
    for (const { alert, labels, annotations } of rules) {
      expect([alert, labels.severity]).toEqual([alert, expect.stringMatching(/^(critical|warning|info)$/)]);
      expect([alert, annotations.summary, annotations.description]).toEqual([
        alert,
        expect.any(String),
        expect.any(String),
      ]);
      const [page, anchor] = annotations.runbook_url?.split("#") ?? [];
      expect([alert, page]).toEqual([alert, "docs/operations.md"]);
      expect([alert, anchors.includes(anchor ?? "")]).toEqual([alert, true]);
    }
  });
});

const promtool = await resolvePrometheus("promtool", (line) => process.stderr.write(`${line}\n`));

describe.skipIf(promtool === null)("promtool", () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-alerts-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("finds nothing wrong with the rules, and with the configuration that comes with them", async () => {
    await run(promtool as string, ["check", "rules", alertsFile]);
    await run(promtool as string, ["check", "config", configFile]);
  });

  /** What it says of all files of cases, run at once: to start takes it longer than to look. */
  let told = "";
  beforeAll(async () => {
    const files = Object.entries(alertCases).map(([alert, one]) => writeCases(folder, alert, one));
    const { stdout, stderr } = await run(promtool as string, ["test", "rules", ...files]).catch((all) => all);
    told = `${stdout}${stderr}`;
  });

  it("has looked at all of them", () => {
    expect(told.match(/Unit Testing:/g)).toHaveLength(Object.keys(alertCases).length);
  });

  it.each(Object.keys(alertCases))("fires %s, and stays silent where nothing is wrong", (alert) => {
    // It quotes what it quotes.
    expect(told.replaceAll("\\", "").includes(`alertname="${alert}"`) ? told : "").toBe("");
  });
});

/** A file of a world in which an alert fires and one in which it does not, with its own rule only: all of them take long. */
function writeCases(folder: string, alert: string, { fires, silent }: AlertCase): string {
  const firing = `count(ALERTS{alertname="${alert}",alertstate="firing"}) > 0`;
  const seen = (world: typeof fires) => ({
    interval: "1m",
    input_series: Object.entries(world.series).map(([series, values]) => ({ series, values })),
  });
  const at = (minute: number, isFiring: boolean) => ({
    expr: isFiring ? `count(${firing})` : firing,
    eval_time: `${minute}m`,
    exp_samples: isFiring ? [{ labels: "{}", value: 1 }] : [],
  });
  const tests = [
    { ...seen(fires), promql_expr_test: [at(fires.minute, true)] },
    { ...seen(silent), promql_expr_test: [at(silent.minute, false)] },
  ];
  const [own, file] = [join(folder, `${alert}.rules.yml`), join(folder, `${alert}.yml`)];
  // JSON is YAML as well.
  const rule = rules.find((known) => known.alert === alert);
  writeFileSync(own, JSON.stringify({ groups: [{ name: alert, rules: [rule] }] }));
  writeFileSync(file, JSON.stringify({ rule_files: [own], evaluation_interval: "1m", tests }));
  return file;
}
