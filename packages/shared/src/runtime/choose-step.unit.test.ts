import { describe, expect, it } from "vitest";
import { moment } from "../testing/given.ts";
import { deliveryOf, givenContext } from "../testing/memory-log.ts";
import { chooseStep, kindOf } from "./choose-step.ts";
import { ignore, reject } from "./outcome.ts";
import { type DeliveryPorts, processDelivery } from "./process-delivery.ts";
import type { Step } from "./step.ts";

const ports: DeliveryPorts = {
  publish: async () => "published",
  moment: () => moment,
  afterConflict: async () => {},
};

const shout: Step<string, string, number> = {
  name: "shout",
  parse: ({ body }) => ({ ok: true, input: new TextDecoder().decode(body) }),
  perform: async (input) => input.toUpperCase(),
  gather: async (_input, report) => report.length,
  decide: (input, report, gathered, { random }) => ignore(`${input} ${report} ${gathered} ${random}`),
};
const count: Step<number, void, { readonly half: number }> = {
  name: "count",
  parse: ({ body }) =>
    body.length < 9 ? { ok: true, input: body.length } : { ok: false, outcome: reject("too long") },
  perform: async () => {},
  gather: async (input) => ({ half: input / 2 }),
  decide: (input, _report, { half }) => ignore(`${half} of ${input}`),
};
const step = chooseStep("both", ({ subject }) => {
  if (subject === "shout") return kindOf(shout);
  if (subject === "count") return kindOf(count);
  return () => ({ ok: false, outcome: reject(`nobody knows ${subject}`) });
});
const run = (subject: string, body: string) =>
  processDelivery(step, deliveryOf(subject, body), givenContext(), ports);

describe("a step chosen by the message", () => {
  it("gets its own input, report and gathered state", async () => {
    expect(await run("shout", "hello")).toEqual(ignore("hello HELLO 5 0.5"));
    expect(await run("count", "four")).toEqual(ignore("2 of 4"));
  });

  it("may refuse the message in its own words", async () => {
    expect(await run("count", "much too long")).toMatchObject({ kind: "reject", why: "too long" });
  });

  it("of which there is none is a rejection", async () => {
    expect(await run("whisper", "")).toMatchObject({ kind: "reject", why: "nobody knows whisper" });
  });
});
