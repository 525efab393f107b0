import { afterEach, expect, test } from "vitest";
import { type AnsweringApi, startAnsweringApi } from "../testing/answering-api.ts";
import { runAsTyped } from "../testing/run-as-typed.ts";
import { syncWith } from "../testing/sync-with.ts";

let api: AnsweringApi | undefined;
afterEach(() => api?.close());

const serve = async (...args: Parameters<typeof startAnsweringApi>): Promise<AnsweringApi> => {
  api = await startAnsweringApi(...args);
  return api;
};

const path = "/v1/accounts/acc_1/verifications/ver_1";
const running = {
  id: "ver_1",
  accountId: "acc_1",
  status: "running",
  repair: false,
  listed: 500,
  stored: null as number | null,
  missing: null as number | null,
  extra: null as number | null,
  changed: null as number | null,
  examples: { missing: [] as string[], extra: [] as string[], changed: [] as string[] },
  repairSyncId: null as string | null,
  progress: { step: "listing", pages: 1 },
  failure: null as { category: string; message: string } | null,
};
const same = {
  ...running,
  status: "completed",
  listed: 1000,
  stored: 1000,
  missing: 0,
  extra: 0,
  changed: 0,
};
const differing = {
  ...same,
  missing: 7,
  changed: 1,
  examples: { missing: ["m1", "m2", "m3", "m4", "m5", "m6", "m7"], extra: [], changed: ["m9"] },
};

/** An API whose verification is first running, then as given. */
const verifying = (ended: object, sync?: object) =>
  serve(({ method, path: asked }, n) => {
    if (method === "POST") return [202, { verificationId: "ver_1", links: { self: path } }];
    if (asked === path) return n < 4 ? [200, running] : [200, ended];
    return [200, `event: sync\nid: 1-1\ndata: ${JSON.stringify(sync)}\n\n`];
  });

test("a store that holds what the mailbox holds is exit 0", async () => {
  const { millrace, asked } = await verifying(same);
  const { code, stdout } = await millrace("verify", "acc_1");
  expect(code).toBe(0);
  expect(asked[0]).toEqual({ method: "POST", path: "/v1/accounts/acc_1/verify", body: { repair: false } });
  expect(stdout).toContain("listing messages, 500 listed, 1 answer\n");
  expect(stdout).toContain("The store holds what the mailbox holds.");
});

test("differences are shown with some ids and what to do, and are exit 1", async () => {
  const { millrace } = await verifying(differing);
  const { code, stdout } = await millrace("verify", "acc_1");
  expect(code).toBe(1);
  expect(stdout).toContain("  missing            7  m1 m2 m3 m4 m5 …\n");
  expect(stdout).toContain("  changed            1  m9\n");
  expect(stdout).toContain("8 messages differ; millrace verify acc_1 --repair takes in exactly these.");
});

test("a repair is watched to its end: completed is exit 0, anything else 1", async () => {
  for (const [status, code] of [
    ["completed", 0],
    ["partial", 1],
  ] as const) {
    const sync = syncWith({ settled: 8, listed: 8, listingComplete: true }, { id: "syn_r", status });
    const { millrace, asked, close } = await verifying({ ...differing, repairSyncId: "syn_r" }, sync);
    const ran = await millrace("verify", "acc_1", "--repair");
    expect(ran.code).toBe(code);
    expect(asked[0]?.body).toEqual({ repair: true });
    expect(asked.at(-1)?.path).toBe("/v1/syncs/syn_r/stream");
    expect(ran.stdout).toContain("the sync syn_r takes in exactly these");
    expect(ran.stdout).toContain("The ledger balances");
    close();
  }
});

test("--json prints one line on standard output, whatever is shown meanwhile", async () => {
  const sync = syncWith({}, { id: "syn_r", status: "completed" });
  const { millrace } = await verifying({ ...differing, repairSyncId: "syn_r" }, sync);
  const { code, stdout, stderr } = await millrace("verify", "--json", "--repair", "acc_1");
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ id: "ver_1", missing: 7, repairSync: { id: "syn_r" } });
  expect(stderr).toContain("listing messages");
});

test("one that failed is exit 2 with its reason", async () => {
  const failure = { category: "consent_lost", message: "invalid_grant" };
  const { millrace } = await verifying({ ...running, status: "failed", failure });
  const { code, stdout } = await millrace("verify", "acc_1");
  expect(code).toBe(2);
  expect(stdout).toContain("The verification failed: consent_lost: invalid_grant");
  expect(stdout).toContain("`millrace connect ");
});

test("an API that restarts meanwhile is waited for, a refusal is not", async () => {
  const { millrace, close } = await serve(({ method }, n) => {
    if (method === "POST") return [202, { verificationId: "ver_1" }];
    return n <= 4 ? [503, { code: "stopping", title: "away", detail: "away" }] : [200, same];
  });
  expect((await millrace("verify", "acc_1")).code).toBe(0);
  close();
  const refusing = await serve(() => [
    404,
    { code: "not_found", title: "There is no such thing", detail: "no" },
  ]);
  expect(await refusing.millrace("verify", "acc_1")).toMatchObject({ code: 2, stdout: "" });
});

test("Ctrl-C ends the looking, and says that the verification goes on", async () => {
  const { url } = await serve(({ method }) =>
    method === "POST" ? [202, { verificationId: "ver_1" }] : [200, running],
  );
  const env = { MILLRACE_URL: url, MILLRACE_KEY: "mr_x" };
  const onStart = (interrupt: () => void) => setTimeout(interrupt, 300);
  const { code, stderr } = await runAsTyped(["verify", "acc_1"], { env, onStart });
  expect(code).toBe(130);
  expect(stderr).toBe("The verification goes on without being looked at.\n");
});

test("a verification is looked at for --timeout at most, and said as it stands then", async () => {
  const { millrace } = await serve(({ method }) =>
    method === "POST" ? [202, { verificationId: "ver_1", links: { self: path } }] : [200, running],
  );
  const began = Date.now();
  const { code, stdout, stderr } = await millrace("verify", "acc_1", "--timeout", "1", "--json");
  expect(Date.now() - began).toBeLessThan(10_000);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ id: "ver_1", status: "running", repairSync: null });
  expect(stderr).toContain("It has not ended after 1 s. The verification goes on");
});
