import { expect, test } from "vitest";
import { parseCommandLine } from "./command-line.ts";

test("flags and environment give the same options, and a flag wins", () => {
  const flags = parseCommandLine(["--port", "8080", "--generate", "a@x.org=5", "--quotas", "off"], {
    GMAIL_SIMULATOR_PORT: "9",
    GMAIL_SIMULATOR_SEED: "3",
  });
  expect(flags).toMatchObject({ kind: "run", options: { port: 8080, quotas: "off", seed: 3 } });
  const env = parseCommandLine([], { GMAIL_SIMULATOR_GENERATE: "a@x.org=5,b@x.org=6" });
  expect(env).toMatchObject({
    options: {
      mailboxes: [
        { email: "a@x.org", generate: 5 },
        { email: "b@x.org", generate: 6 },
      ],
    },
  });
});

test("all problems are reported at once, each with its flag", () => {
  const command = parseCommandLine(["--port", "x", "--generate", "nobody", "--quotas", "free"], {});
  const problems = command.kind === "invalid" ? command.problems.join("\n") : "";
  for (const flag of ["--port", "--generate", "--quotas"]) expect(problems).toContain(flag);
});

test("an unknown flag is refused, and --help helps", () => {
  expect(parseCommandLine(["--nope"], {}).kind).toBe("invalid");
  expect(parseCommandLine(["--help", "--port", "x"], {}).kind).toBe("help");
});

test("a historyId beyond what a number holds stays exact", () => {
  expect(parseCommandLine(["--history-id-start", "9007199254740993"], {})).toMatchObject({
    options: { historyIdStart: 9_007_199_254_740_993n },
  });
});

test("push needs an endpoint, and a topic its name", () => {
  const endpoint = "http://127.0.0.1:8750/v1/webhooks/gmail";
  const topic = "projects/p/topics/t";
  const flags = ["--push-endpoint", endpoint, "--push-interval-ms", "0", "--watched-topic", topic];
  expect(parseCommandLine(flags, {})).toMatchObject({
    options: { push: { endpoint, intervalMs: 0 }, watchedTopic: topic },
  });
  for (const wrong of [
    ["--push-audience", "a"],
    ["--push-endpoint", "nowhere"],
    ["--push-endpoint", endpoint, "--push-service-account", "nobody"],
    ["--watched-topic", "t"],
  ])
    expect(parseCommandLine(wrong, {}).kind, wrong.join(" ")).toBe("invalid");
});
