import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AnsweringApi, startAnsweringApi } from "../testing/answering-api.ts";

let api: AnsweringApi | undefined;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-cli-"));
});
afterEach(async () => {
  api?.close();
  await rm(folder, { recursive: true, force: true });
});
const serve = async (...args: Parameters<typeof startAnsweringApi>): Promise<AnsweringApi> => {
  api = await startAnsweringApi(...args);
  return api;
};
const notThere = [
  404,
  { code: "not_found", title: "There is no such thing", detail: "no such account" },
] as const;

describe.each([[["accounts", "delete"]], [["delete-account"]]])("%j", (words) => {
  test("is asked for only by who says that it is meant, and waits until the account is not there any more", async () => {
    const { millrace, asked } = await serve(({ method }, n) => {
      if (method === "DELETE") return [202, { status: "removing" }];
      return n < 4 ? [n === 3 ? 503 : 200, {}] : notThere;
    });
    expect(await millrace(...words, "acc_1")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--yes"),
    });
    expect(asked).toEqual([]);
    const { code, stdout } = await millrace(...words, "acc_1", "--yes");
    expect(code).toBe(0);
    expect(asked[0]).toMatchObject({ method: "DELETE", path: "/v1/accounts/acc_1" });
    expect(asked.length).toBe(4);
    expect(stdout).toContain("acc_1 is removed.");
  });

  test("of an account that is not there, or is another tenant's, fails and says so", async () => {
    const { millrace } = await serve(() => notThere);
    const { code, stderr } = await millrace(...words, "acc_1", "--yes");
    expect([code, stderr]).toEqual([2, "404 There is no such thing: no such account\n"]);
  });

  test("prints one line of JSON, at once where nobody wants to wait", async () => {
    const { millrace, asked } = await serve(() => [202, { status: "removing" }]);
    const { code, stdout } = await millrace(...words, "acc_1", "--yes", "--no-wait", "--json");
    expect([code, JSON.parse(stdout)]).toEqual([0, { accountId: "acc_1", status: "removing" }]);
    expect(asked).toHaveLength(1);
  });
});

describe("hold", () => {
  const account = (hold: object | null) => ({ id: "acc_1", email: "ann@example.com", hold });
  const held = { since: "2026-01-01T00:00:00Z", reason: "litigation 17" };

  test("names the account by its address, and says why it is held; release ends that", async () => {
    const { millrace, asked } = await serve(({ method }) =>
      method === "GET"
        ? [200, { items: [account(null)], nextCursor: null }]
        : [200, account(method === "PUT" ? held : null)],
    );
    const words = ["accounts", "hold", "ann@example.com", "--reason", "litigation 17"];
    expect(await millrace(...words)).toMatchObject({
      code: 0,
      stdout: "ann@example.com is held: litigation 17\n",
    });
    expect(asked.at(-1)).toEqual({
      method: "PUT",
      path: "/v1/accounts/acc_1/hold",
      body: { reason: "litigation 17" },
    });
    expect(JSON.parse((await millrace(...words, "--json")).stdout).hold).toEqual(held);
    expect(await millrace("accounts", "release", "acc_1")).toMatchObject({
      code: 0,
      stdout: "ann@example.com is not held any more.\n",
    });
    expect(asked.at(-1)).toMatchObject({ method: "DELETE", path: "/v1/accounts/acc_1/hold" });
  });

  test("without a reason is refused, and of an account that is not there fails", async () => {
    const { millrace, asked } = await serve(() => notThere);
    const { code, stderr } = await millrace("accounts", "hold", "acc_1");
    expect([code, stderr, asked]).toEqual([2, expect.stringContaining("--reason"), []]);
    expect((await millrace("accounts", "release", "acc_1")).code).toBe(2);
  });
});

describe("export", () => {
  const whole = '{"kind":"account"}\n{"kind":"end","counts":{}}\n';

  test("writes a whole file that only its owner can read", async () => {
    const { millrace, asked } = await serve(() => [200, whole]);
    const file = join(folder, "mail.jsonl");
    const { code, stdout } = await millrace("accounts", "export", "acc_1", "--output", file, "--json");
    expect(code).toBe(0);
    expect(asked[0]?.path).toBe("/v1/accounts/acc_1/export?format=jsonl");
    expect(await readFile(file, "utf8")).toBe(whole);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(stdout)).toEqual({ file, bytes: whole.length });
  });

  test("leaves nothing of one that broke off, and touches no file that is there", async () => {
    const { millrace } = await serve(() => [200, '{"kind":"account"}\n{"kind":"message"}\n']);
    const file = join(folder, "mail.jsonl");
    const broken = await millrace("export", "acc_1", "--output", file);
    expect([broken.code, broken.stderr]).toEqual([2, expect.stringContaining("broke off")]);
    expect(await readdir(folder)).toEqual([]);
    await writeFile(file, "mine");
    expect((await millrace("export", "acc_1", "--output", file)).stderr).toContain("EEXIST");
    expect(await readFile(file, "utf8")).toBe("mine");
  });

  test("as mbox has no last line to look for; unknown formats, refusals and no file are told", async () => {
    const { millrace } = await serve(({ path }) => (path.includes("acc_1") ? [200, "From a\n\n"] : notThere));
    const file = join(folder, "mail.mbox");
    expect((await millrace("export", "acc_1", "--output", file, "--format", "mbox")).code).toBe(0);
    for (const args of [
      ["acc_1", "--output", `${file}2`, "--format", "pst"],
      ["acc_1"],
      ["acc_2", "--output", `${file}3`],
    ])
      expect((await millrace("export", ...args)).code).toBe(2);
    expect(await readdir(folder)).toEqual(["mail.mbox"]);
  });
});
