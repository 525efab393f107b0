import { describe, expect, it } from "vitest";
import { mailSourceOf } from "./mail-source.ts";
import { parseStartOptions, UsageError } from "./start-options.ts";

const id = { GOOGLE_CLIENT_ID: "client" };
const secret = { GOOGLE_CLIENT_SECRET: "secret" };
const file = { GOOGLE_CLIENT_SECRET_FILE: "/run/secrets/google" };
const sourceOf = (env: NodeJS.ProcessEnv, ...args: string[]) =>
  mailSourceOf(env, parseStartOptions(args, "/"));

describe("mail comes", () => {
  it.each([
    ["from the simulator without credentials", {}, [], "simulator"],
    [
      "from the simulator when they are empty",
      { GOOGLE_CLIENT_ID: "", GOOGLE_CLIENT_SECRET: "" },
      [],
      "simulator",
    ],
    ["from nowhere without credentials and demo", {}, ["--no-demo"], "none"],
    ["from Google with both", { ...id, ...secret }, [], "google"],
    ["from Google with a file of the secret", { ...id, ...file }, [], "google"],
    ["from Google also without a demo", { ...id, ...secret }, ["--no-demo"], "google"],
  ])("%s", (_name, env, args, kind) => {
    expect(sourceOf(env, ...args).kind).toBe(kind);
  });

  it.each([
    [id, "GOOGLE_CLIENT_ID is set and GOOGLE_CLIENT_SECRET is not"],
    [secret, "GOOGLE_CLIENT_SECRET is set and GOOGLE_CLIENT_ID is not"],
    [file, "GOOGLE_CLIENT_SECRET_FILE is set and GOOGLE_CLIENT_ID is not"],
  ])("from nowhere with half of the credentials, and it is said which half: %j", (env, said) => {
    for (const args of [[], ["--no-demo"]])
      expect(() => sourceOf(env, ...args)).toThrow(
        expect.objectContaining({ message: expect.stringContaining(said) }),
      );
    expect(() => sourceOf(env)).toThrow(UsageError);
  });
});

it.each(["--exit", "--json"])("%s has nothing to report of Google", (option) => {
  expect(() => sourceOf({ ...id, ...secret }, option)).toThrow(UsageError);
});
