import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { alertCases } from "./alert-cases.ts";
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

  it.each(Object.entries(alertCases))(
    "fires %s, and stays silent where nothing is wrong",
    async (alert, one) => {
      const firing = `count(ALERTS{alertname="${alert}",alertstate="firing"}) > 0`;
      const seen = (world: typeof one.fires) => ({
        interval: "1m",
        input_series: Object.entries(world.series).map(([series, values]) => ({ series, values })),
      });
      const at = (minute: number, isFiring: boolean) => ({
        expr: isFiring ? `count(${firing})` : firing,
        eval_time: `${minute}m`,
        exp_samples: isFiring ? [{ labels: "{}", value: 1 }] : [],
      });
      const file = join(folder, `${alert}.yml`);
      const tests = [
        { ...seen(one.fires), promql_expr_test: [at(one.fires.minute, true)] },
        { ...seen(one.silent), promql_expr_test: [at(one.silent.minute, false)] },
      ];
      // JSON is YAML as well.
      writeFileSync(file, JSON.stringify({ rule_files: [alertsFile], evaluation_interval: "1m", tests }));
      await run(promtool as string, ["test", "rules", file]).catch(({ stdout, stderr }) => {
        throw new Error(`${stdout}${stderr}`);
      });
    },
  );
});
