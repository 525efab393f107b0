import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AnsweringApi, startAnsweringApi } from "../testing/answering-api.ts";
import { runAsTyped } from "../testing/run-as-typed.ts";
import { chooseTarget } from "./choose-target.ts";
import { profilesFile } from "./profiles.ts";

let HOME: string;
let api: AnsweringApi;
beforeEach(async () => {
  HOME = mkdtempSync(join(tmpdir(), "millrace-home-"));
  api = await startAnsweringApi(({ path }) => [
    200,
    path === "/v1/tenant" ? { id: "demo" } : { items: [], nextCursor: null },
  ]);
});
afterEach(() => {
  api.close();
  rmSync(HOME, { recursive: true, force: true });
});

const login = (...more: string[]) =>
  runAsTyped(["login", "--url", api.url, ...more], { env: { HOME }, stdin: "mr_saved\n" });

test("a key is tried, then saved for its owner's eyes only, and used where the environment names none", async () => {
  expect((await login()).code).toBe(0);
  expect(api.asked.map(({ path }) => path)).toEqual(["/v1/tenant"]);
  const file = profilesFile({ HOME });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    profiles: { default: { url: api.url, key: "mr_saved" } },
  });
  expect((await runAsTyped(["accounts"], { env: { HOME } })).code).toBe(0);
  expect(chooseTarget({ HOME }, undefined)).toMatchObject({ url: api.url, key: "mr_saved", keyFrom: file });
});

test("the environment goes before what is saved, and --profile before both", async () => {
  await login("--profile", "staging");
  const env = { HOME, MILLRACE_URL: "http://127.0.0.1:1", MILLRACE_KEY: "mr_env" };
  expect(chooseTarget(env, undefined)).toMatchObject({ url: "http://127.0.0.1:1", key: "mr_env" });
  expect(chooseTarget(env, "staging")).toMatchObject({ url: api.url, key: "mr_saved" });
  expect(() => chooseTarget(env, "stagging")).toThrow('There is no profile "stagging" (saved are: staging)');
});

test("a saved key is not sent to another server that the environment names", async () => {
  await login();
  expect(() => chooseTarget({ HOME, MILLRACE_URL: "http://127.0.0.1:1" }, undefined)).toThrow(
    /MILLRACE_KEY is not set/,
  );
  expect(chooseTarget({ HOME, MILLRACE_URL: `${api.url}/` }, undefined).key).toBe("mr_saved");
});

test("what is no key, opens nothing, or cannot be read is told, and nothing is saved", async () => {
  const word = await runAsTyped(["login", "--url", api.url], { env: { HOME }, stdin: "hunter2" });
  expect(word).toMatchObject({ code: 2, stderr: expect.stringContaining("That is no key") });
  api.close();
  expect((await login()).stderr).toContain("ECONNREFUSED");
  expect(() => statSync(profilesFile({ HOME }))).toThrow("ENOENT");
  const file = join(HOME, "millrace", "config.json");
  mkdirSync(join(HOME, "millrace"));
  writeFileSync(file, "{");
  const broken = await runAsTyped(["accounts"], { env: { XDG_CONFIG_HOME: HOME } });
  expect(broken).toMatchObject({ code: 2, stderr: expect.stringContaining(`${file} cannot be used`) });
});

test("a key that is not known is blamed on where it came from, and nothing is saved", async () => {
  const refusing = await startAnsweringApi(() => [
    401,
    { code: "unauthenticated", title: "A key is needed", detail: "It is refused." },
  ]);
  const env = { HOME, MILLRACE_KEY: "mr_env", MILLRACE_URL: "http://127.0.0.1:1" };
  const ran = await runAsTyped(["login", "--url", refusing.url], { env, stdin: "mr_wrong" });
  refusing.close();
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain(`The key that came from standard input is not known at ${refusing.url}`);
  expect(ran.stderr).not.toMatch(/MILLRACE_KEY|mr_wrong/);
  const unreachable = await runAsTyped(["login", "--url", refusing.url], { env, stdin: "mr_wrong" });
  expect(unreachable.stderr).toMatch(/^Nobody answers at .* is --url right\?/s);
  expect(() => statSync(profilesFile({ HOME }))).toThrow("ENOENT");
});
