import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiError } from "./api-request.ts";
import { UsageError } from "./command.ts";
import { deleteAccountCommand } from "./delete-account-command.ts";
import { exportCommand } from "./export-command.ts";
import { type AnsweringApi, startAnsweringApi } from "./testing/answering-api.ts";

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
const notThere = [404, { title: "There is no such thing", detail: "no such account" }] as const;

describe("delete-account", () => {
  test("is asked for only by who says that it is meant, and waits until the account is not there any more", async () => {
    const { context, asked, stdout } = await serve(({ method }, n) => {
      if (method === "DELETE") return [202, { status: "removing" }];
      return n < 4 ? [n === 3 ? 503 : 200, {}] : notThere;
    });
    await expect(deleteAccountCommand.run(["acc_1"], context)).rejects.toThrow(UsageError);
    expect(asked).toEqual([]);
    expect(await deleteAccountCommand.run(["acc_1", "--yes"], context)).toBe(0);
    expect(asked[0]).toMatchObject({ method: "DELETE", path: "/v1/accounts/acc_1" });
    expect(asked.length).toBe(4);
    expect(stdout()).toContain("acc_1 is removed.");
  });

  test("of an account that is not there, or is another tenant's, fails and says so", async () => {
    const { context } = await serve(() => notThere);
    await expect(deleteAccountCommand.run(["acc_1", "--yes"], context)).rejects.toThrow(ApiError);
  });

  test("prints one line of JSON, at once where nobody wants to wait", async () => {
    const { context, asked, stdout } = await serve(() => [202, { status: "removing" }]);
    expect(await deleteAccountCommand.run(["acc_1", "--yes", "--no-wait", "--json"], context)).toBe(0);
    expect(JSON.parse(stdout())).toEqual({ accountId: "acc_1", status: "removing" });
    expect(asked).toHaveLength(1);
  });
});

describe("export", () => {
  const whole = '{"kind":"account"}\n{"kind":"end","counts":{}}\n';

  test("writes a whole file that only its owner can read", async () => {
    const { context, asked, stdout } = await serve(() => [200, whole]);
    const file = join(folder, "mail.jsonl");
    expect(await exportCommand.run(["acc_1", "--output", file, "--json"], context)).toBe(0);
    expect(asked[0]?.path).toBe("/v1/accounts/acc_1/export?format=jsonl");
    expect(await readFile(file, "utf8")).toBe(whole);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(stdout())).toEqual({ file, bytes: whole.length });
  });

  test("leaves nothing of one that broke off, and touches no file that is there", async () => {
    const { context } = await serve(() => [200, '{"kind":"account"}\n{"kind":"message"}\n']);
    const file = join(folder, "mail.jsonl");
    await expect(exportCommand.run(["acc_1", "--output", file], context)).rejects.toThrow("broke off");
    expect(await readdir(folder)).toEqual([]);
    await writeFile(file, "mine");
    await expect(exportCommand.run(["acc_1", "--output", file], context)).rejects.toThrow("EEXIST");
    expect(await readFile(file, "utf8")).toBe("mine");
  });

  test("as mbox has no last line to look for; unknown formats, refusals and no file are told", async () => {
    const { context } = await serve(({ path }) => (path.includes("acc_1") ? [200, "From a\n\n"] : notThere));
    const file = join(folder, "mail.mbox");
    expect(await exportCommand.run(["acc_1", "--output", file, "--format", "mbox"], context)).toBe(0);
    await expect(
      exportCommand.run(["acc_1", "--output", `${file}2`, "--format", "pst"], context),
    ).rejects.toThrow(UsageError);
    await expect(exportCommand.run(["acc_1"], context)).rejects.toThrow(UsageError);
    await expect(exportCommand.run(["acc_2", "--output", `${file}3`], context)).rejects.toThrow(ApiError);
    expect(await readdir(folder)).toEqual(["mail.mbox"]);
  });
});
