import { afterEach, expect, test } from "vitest";
import { type AnsweringApi, startAnsweringApi } from "../testing/answering-api.ts";
import { runAsTyped } from "../testing/run-as-typed.ts";

let api: AnsweringApi | undefined;
afterEach(() => api?.close());

const healthWith = (fields: object = {}) => ({
  syncs: { requested: 0, queued: 0, running: 0, paused: 0, failing: 0 },
  oldestWaitingAt: null,
  failedLastDay: { count: 0, categories: {} },
  openDeadLetters: 0,
  accountsToReconnect: 0,
  ...fields,
});
const well = { id: "acme", name: "Acme", health: healthWith() };
const ill = {
  id: "initech",
  name: "Ini\u001b[2Jtech",
  health: healthWith({
    syncs: { requested: 1, queued: 2, running: 1_200, paused: 4, failing: 5 },
    oldestWaitingAt: "2026-01-01T00:00:00Z",
    failedLastDay: { count: 4, categories: { log_lost: 1, unknown: 3 } },
    openDeadLetters: 6,
    accountsToReconnect: 7,
  }),
};

async function asOperator(items: readonly object[], ...args: string[]) {
  api = await startAnsweringApi(() => [200, { items, nextCursor: null }]);
  return runAsTyped(["tenants", ...args], { env: { MILLRACE_URL: api.url, MILLRACE_KEY: "mro_x" } });
}

test("an operator sees what of each tenant runs, waits, fails and why, and how to look closer", async () => {
  const { code, stdout } = await asOperator([well, ill], "--having", "trouble", "--limit", "5");
  expect([code, stdout.split("\n")]).toEqual([
    0,
    [
      "TENANT   NAME         RUNNING  WAITING  PAUSED  FAILING  FAILED  SET ASIDE  RECONNECT  OLDEST WAITING  FAILED OF (LAST DAY)",
      "acme     Acme               0        0       0        0       0          0          0",
      "initech  Ini [2Jtech    1,200        3       4        5       4          6          7  2026-01-01      unknown 3, log_lost 1",
      "",
      "→ A key of the tenant shows which syncs and mailboxes these are: `millrace keys create NAME --tenant TENANT`.",
      "",
    ],
  ]);
  expect(api?.asked.map(({ path }) => path)).toEqual(["/v1/tenants?limit=5&having=trouble"]);
});

test("where nothing is wrong nothing is to be done, and JSON has it all", async () => {
  expect((await asOperator([well])).stdout).not.toContain("→");
  api?.close();
  expect(JSON.parse((await asOperator([ill], "--json")).stdout)).toEqual({ items: [ill] });
});

test("a tenant's key and an unknown condition are refused before anything is asked", async () => {
  api = await startAnsweringApi(() => [500]);
  const { code, stderr } = await api.millrace("tenants");
  expect([code, stderr]).toEqual([2, expect.stringContaining("this takes an operator's (mro_…)")]);
  expect((await api.millrace("tenants", "--having", "mail")).stderr).toContain("dead_letters");
  expect(api.asked).toEqual([]);
});
