import { retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import { afterEach, expect, test } from "vitest";
import { type AnsweringApi, startAnsweringApi } from "../testing/answering-api.ts";
import { runAsTyped } from "../testing/run-as-typed.ts";

let api: AnsweringApi | undefined;
afterEach(() => api?.close());

const hourMs = 3_600_000;
const at = (hoursAgo: number) => new Date(Date.now() - hoursAgo * hourMs).toISOString();
const runOf = (hoursAgo: number, fields: object = {}) => ({
  ...{ id: `ret_${hoursAgo}`, askedBy: null, state: "completed", isDone: true, failure: null },
  ...{ requestedAt: at(hoursAgo), startedAt: at(hoursAgo), endedAt: at(hoursAgo) },
  ...fields,
});

type Page = (task: string, cursor: string | null) => { items: object[]; nextCursor?: string };

/** What the doctor finds of retention, with an operator's key, or another one. */
async function look(pageOf: Page, env: Readonly<Record<string, string>> = {}) {
  api = await startAnsweringApi(({ path }) => {
    const { pathname, searchParams } = new URL(path, "http://x");
    if (pathname === "/v1/me") return [200, { kind: "operator", scopes: [], expiresAt: null }];
    if (pathname === "/v1/retention/runs")
      return [
        200,
        { nextCursor: null, ...pageOf(searchParams.get("task") ?? "", searchParams.get("cursor")) },
      ];
    return [200, { items: [], nextCursor: null, parts: {} }];
  });
  const given = { MILLRACE_URL: api.url, MILLRACE_KEY: "mro_x", ...env };
  const { stdout } = await runAsTyped(["doctor", "--json"], { env: given });
  const { findings } = JSON.parse(stdout) as { findings: { check: string; status: string; found: string }[] };
  return findings.flatMap(({ check, status, found }) =>
    check.startsWith("retention.") ? [[status, found]] : [],
  );
}

test("with an operator's key the doctor looks at the runs of each task, by the janitor's schedules", async () => {
  const blobsAreOld: Page = (task) => ({ items: [runOf(task === "blobs" ? 40 : 1)] });
  expect(await look(blobsAreOld)).toEqual([
    ["warn", expect.stringContaining("two periods: blobs (last through: 40 h")],
  ]);
  const paths = api?.asked.filter(({ path }) => path.startsWith("/v1/retention/runs")) ?? [];
  expect(paths.map(({ path }) => new URL(path, "http://x").searchParams.get("task"))).toEqual(
    expect.arrayContaining([...retentionTaskNames]),
  );
  api?.close();
  expect(await look(blobsAreOld, { RETENTION_SCHEDULES: "blobs=86400" })).toEqual([
    ["ok", expect.any(String)],
  ]);
  api?.close();
  expect(await look(blobsAreOld, { MILLRACE_KEY: "mr_x" })).toEqual([]);
});

test("a task that leaves something over again and again is late, however many runs it has had since", async () => {
  const many = (firstHoursAgo: number) =>
    Array.from({ length: 200 }, (_, n) => runOf(firstHoursAgo + n / 60, { isDone: false }));
  const pages = [0, 3.5, 7, 10.5].map(many);
  const found = await look((task, cursor) => {
    if (task !== "syncs") return { items: [runOf(1)] };
    const n = Number(cursor ?? 0);
    return { items: pages[n] ?? [], nextCursor: `${n + 1}` };
  });
  expect(found).toEqual([["warn", expect.stringContaining("syncs (last through: long ago, or never)")]]);
});
