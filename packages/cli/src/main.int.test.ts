import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

function millrace(args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    env: { PATH: process.env.PATH ?? "", ...env },
  });
  return { status, stdout, stderr };
}

const key = { MILLRACE_KEY: "mr_x" };

test.each([
  [["--help"], /^usage:\n {2}millrace sync/],
  [["verify", "--help"], /^usage: millrace verify ACCOUNT_ID/],
  [["rebuild", "--help"], /^usage:\n {2}millrace rebuild/],
])("%j is exit 0, on standard output", (args, text) => {
  expect(millrace(args)).toMatchObject({ status: 0, stdout: expect.stringMatching(text), stderr: "" });
});

test.each([
  [[], {}, /^Name a command\.\n\nusage/],
  [["bogus"], key, /^There is no command "bogus"\.\n\nusage/],
  [["bogus", "--help"], {}, /^There is no command "bogus"\.\n\nusage/],
  [["sync", "acc_1"], {}, /^MILLRACE_KEY is not set; `npm start` prints a key\./],
  [["sync"], key, /^Name an account\.\n\nusage: millrace sync/],
  [["pause", "a", "b"], key, /^"b" is one operand too many\./],
  [["pause", "a"], { ...key, MILLRACE_URL: "localhost:8750" }, /^MILLRACE_URL must look like http:/],
  [
    ["pause", "a"],
    { ...key, MILLRACE_URL: "http://127.0.0.1:1" },
    /^Nobody answers at http:\/\/127\.0\.0\.1:1 \(/,
  ],
  [["rebuild"], {}, /^DATABASE_URL is not set/],
  [
    ["rebuild"],
    { DATABASE_URL: "postgres://u:secret@127.0.0.1:1/x" },
    /^Nobody answers at 127\.0\.0\.1:1\/x \(/,
  ],
])("%j with %j is exit 2 and says what to do", (args, env, text) => {
  expect(millrace(args, env)).toMatchObject({ status: 2, stdout: "", stderr: expect.stringMatching(text) });
  expect(millrace(args, env).stderr).not.toContain("secret");
});
