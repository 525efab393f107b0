import { describe, expect, it } from "vitest";
import { parseChaosOptions, UsageError } from "./options.ts";
import { allFaultKinds } from "./plan/fault-kinds.ts";

const parse = (...args: string[]) => parseChaosOptions(args, "/here", () => 99);

describe("the options of a run", () => {
  it("are three minutes of everything with a drawn seed by default", () => {
    expect(parse()).toEqual({
      seed: 99,
      minutes: 3,
      nodes: 1,
      mailboxes: null,
      drill: false,
      json: false,
      keep: null,
      kinds: new Set(allFaultKinds),
      plan: false,
      help: false,
    });
  });

  it("name seed, minutes and where the logs are kept", () => {
    expect(parse("--seed", "0", "--minutes", "0.5", "--keep", "logs", "--json")).toMatchObject({
      seed: 0,
      minutes: 0.5,
      keep: "/here/logs",
      json: true,
    });
  });

  it("choose kinds of faults, or leave some out", () => {
    expect(parse("--only", "kill,nats-wipe").kinds).toEqual(new Set(["kill", "nats-wipe"]));
    expect(parse("--only", "").kinds.size).toBe(0);
    const without = parse("--without", "nats-wipe").kinds;
    expect(without.has("nats-wipe")).toBe(false);
    expect(without.size).toBe(allFaultKinds.length - 1);
  });

  it("make a cluster of the broker, with what happens to nodes and without what happens to one server", () => {
    const cluster = parse("--cluster", "3", "--only", "node-kill", "--drill", "--mailboxes", "8");
    expect(cluster).toMatchObject({ nodes: 3, drill: true, mailboxes: 8, kinds: new Set(["node-kill"]) });
  });

  it.each([
    [["--seed", "-1"]],
    [["--seed", "x"]],
    [["--seed", "4294967296"]],
    [["--minutes", "0"]],
    [["--minutes", "soon"]],
    [["--only", "meteorite"]],
    [["--only", "node-kill"]],
    [["--cluster", "3", "--only", "nats-wipe"]],
    [["--cluster", "2"]],
    [["--drill"]],
    [["--mailboxes", "21"]],
    [["--only", "kill", "--without", "cut"]],
    [["--fast"]],
    [["stray"]],
  ])("%j are refused", (args) => {
    expect(() => parse(...args)).toThrow(UsageError);
  });
});
