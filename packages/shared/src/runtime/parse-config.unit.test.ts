import { describe, expect, it } from "vitest";
import { z } from "zod";
import { attemptPolicyOf, ConfigError, commonEnv, envInt, parseConfig } from "./parse-config.ts";

const schema = z.object({ ...commonEnv, SLOTS: envInt(1, 10).default(4) });
const enough = { NATS_URL: "nats://127.0.0.1:4222", DATABASE_URL: "postgres://127.0.0.1/x" };

function problemsOf(env: Record<string, string>): string {
  try {
    parseConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
  }
  return "";
}

describe("configuration", () => {
  it("takes defaults, and an empty variable counts as absent", () => {
    expect(parseConfig(schema, { ...enough, SLOTS: "", LOG_LEVEL: "" })).toMatchObject({
      SLOTS: 4,
      LOG_LEVEL: "info",
    });
  });

  it("reports all problems at once, each with its variable and what to set", () => {
    const problems = problemsOf({ SLOTS: "many" });
    expect(problems).toContain("3 problem(s)");
    expect(problems).toMatch(/NATS_URL is not set: .*nats:\/\//);
    expect(problems).toMatch(/DATABASE_URL is not set: .*postgres:\/\//);
    expect(problems).toContain("SLOTS: must be a number");
  });

  it("says between which numbers one has to be", () => {
    expect(problemsOf({ ...enough, CLAIM_SECONDS: "0" })).toMatch(
      /CLAIM_SECONDS: must be a number from \d+ to \d+/,
    );
    expect(problemsOf({ ...enough, CLAIM_SECONDS: "999999" })).toMatch(
      /CLAIM_SECONDS: must be a number from/,
    );
    expect(problemsOf({ ...enough, CLAIM_SECONDS: "7.5" })).toContain(
      "CLAIM_SECONDS: must be a whole number",
    );
  });

  it("never repeats a value, which may be secret", () => {
    expect(problemsOf({ ...enough, SLOTS: "hunter2" })).not.toContain("hunter2");
  });

  it("says how soon a claim is taken over and how long a backoff grows", () => {
    const config = parseConfig(schema, { ...enough, CLAIM_SECONDS: "7", RETRY_CAP_SECONDS: "2" });
    expect(config.CLAIM_SECONDS).toBe(7);
    expect(attemptPolicyOf(config)).toMatchObject({ retryCapMs: 2_000 });
    expect(problemsOf({ ...enough, CLAIM_SECONDS: "0" })).toMatch(/^.*\n.*CLAIM_SECONDS/);
  });
});
