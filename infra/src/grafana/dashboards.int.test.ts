import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { resolvePrometheus } from "../prometheus/resolve-prometheus.ts";
import { dashboards } from "./dashboards.ts";

const run = promisify(execFile);
const promtool = await resolvePrometheus("promtool", (line) => process.stderr.write(`${line}\n`));

describe.skipIf(promtool === null)("queries of dashboards", () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-dashboards-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** As rules, which promtool reads. */
  const check = async (exprs: readonly string[]): Promise<string> => {
    const file = join(folder, "queries.yml");
    const rules = exprs.map((expr, i) => ({
      record: `query:${i}`,
      expr: expr.replaceAll("$__rate_interval", "1m"),
    }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: "queries", rules }] }));
    return (await run(promtool as string, ["check", "rules", file])).stdout;
  };

  it.each(dashboards)("parse: $uid", async ({ rows }) => {
    const exprs = rows.flatMap(({ panels }) =>
      panels.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
    );
    expect(await check(exprs)).toContain(`SUCCESS: ${exprs.length} rules found`);
  });

  it("would not, if they were wrong", async () => {
    await expect(check(["sum by (rate(up[1m])"])).rejects.toThrow(/parse error/);
  });
});
