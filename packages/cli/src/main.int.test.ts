import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

function millrace(args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    env: { PATH: process.env.PATH ?? "", HOME: "/nonexistent", ...env },
  });
  return { status, stdout, stderr };
}

const key = { MILLRACE_KEY: "mr_x" };

test.each([
  [["--help"], /^Usage: millrace COMMAND/],
  [["verify", "--help"], /^Usage: millrace verify \[options\] <account>/],
  [["help"], /^Usage: millrace COMMAND/],
  [["help", "sync"], /^Usage: millrace sync \[options\] <account>/],
  [["--version"], /^\d+\.\d+\.\d+\n$/],
  [["rebuild", "--help"], /^Usage: millrace rebuild/],
  [["dead-letters", "--help"], /^Usage: millrace dead-letters/],
])("%j is exit 0, on standard output", (args, text) => {
  expect(millrace(args)).toMatchObject({ status: 0, stdout: expect.stringMatching(text), stderr: "" });
});

test.each([
  [[], {}, /^Name a command\.\n\nUsage/],
  [["synk"], key, /^Unknown command 'synk' \(Did you mean sync\?\)/],
  [["synk", "--help"], {}, /^Unknown command 'synk' \(Did you mean sync\?\)/],
  [["help", "bogus"], {}, /^Unknown command 'bogus'/],
  [["dead-letters", "shwo", "-h"], {}, /^Unknown command 'shwo'/],
  [["keys", "create", "x", "--expires", "yesterday"], key, /It is a time such as 2027-12-31T00:00:00Z\./],
  [["keys", "create", "x", "--expires", "2020-01-01T00:00:00Z"], key, /It is a time to come\./],
  [["dead-letters", "shwo"], key, /^Unknown command 'shwo' \(Did you mean show\?\)/],
  [["sync", "--wach", "acc_1"], key, /^Unknown option '--wach' \(Did you mean --watch\?\)/],
  [["sync", "--mode", "all", "acc_1"], key, /Allowed choices are auto, incremental, full\./],
  [["sync", "acc_1"], {}, /^MILLRACE_KEY is not set; `npm start` prints a key\./],
  [["sync"], key, /^Missing required argument 'account'/],
  [["pause", "a", "b"], key, /^Too many arguments/],
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
  [
    ["migrate"],
    { DATABASE_URL: "postgres://u:secret@127.0.0.1:1/x" },
    /^Nobody answers at 127\.0\.0\.1:1\/x \(/,
  ],
])("%j with %j is exit 2 and says what to do", (args, env, text) => {
  const { status, stdout, stderr } = millrace(args, env);
  expect({ status, stdout, stderr }).toMatchObject({
    status: 2,
    stdout: "",
    stderr: expect.stringMatching(text),
  });
  expect(stderr).not.toContain("secret");
});

test.each([
  [["accounts", "hold"], "--reason <text>"],
  [["accounts", "export"], "--output <file>"],
])("the help of %j marks the option without which it does nothing", (words, option) => {
  const { stdout } = millrace([...words, "--help"]);
  const described = stdout.slice(stdout.indexOf(option)).split(/\n {2}-/)[0];
  expect(described).toContain("(required)");
  expect(millrace([...words, "acc_1"], key).stderr).toContain(`'${option}' not specified`);
});

test("the doctor sends nobody to itself", () => {
  const env = { ...key, MILLRACE_URL: "http://127.0.0.1:1" };
  expect(millrace(["status"], env).stderr).toContain("`millrace doctor` looks closer");
  const { stdout } = millrace(["doctor"], env);
  expect(stdout).toContain("Nobody answers at http://127.0.0.1:1");
  expect(stdout).not.toContain("millrace doctor");
});

test("who reads a part of it only, does not get an error for the rest", () => {
  const { status, stderr } = spawnSync("sh", ["-c", `"${process.execPath}" "${main}" --help | head -1`], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
