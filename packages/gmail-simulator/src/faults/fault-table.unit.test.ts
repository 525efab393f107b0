import { expect, test } from "vitest";
import { type FaultRuleInput, faultRuleSchema } from "./fault-rule.ts";
import { type FaultSubject, FaultTable } from "./fault-table.ts";

const subject: FaultSubject = { endpoint: "messages.get", email: "a@x", messageId: "1", inBatch: false };

function firing(rule: FaultRuleInput, calls: number, of: FaultSubject = subject): string {
  const table = new FaultTable();
  table.add(faultRuleSchema.parse(rule));
  return Array.from({ length: calls }, () => (table.decide(of) === null ? "." : "x")).join("");
}

const effect = { kind: "reset" } as const;

test("a rule fires as often as it says, after as many calls as it says", () => {
  expect(firing({ effect }, 4)).toBe("xxxx");
  expect(firing({ effect, when: { times: 2 } }, 4)).toBe("xx..");
  expect(firing({ effect, when: { afterCalls: 2, times: 1 } }, 4)).toBe("..x.");
});

test("a script gives each call its own effect and is spent then", () => {
  const script = [{ kind: "none" }, effect, { kind: "none" }, effect] as const;
  expect(firing({ script: [...script] }, 6)).toBe(".x.x..");
});

test("a probability is kept to, and the same seed chooses the same calls", () => {
  const rule = { effect, when: { probability: 0.3 }, seed: 5 };
  const fired = firing(rule, 2_000);
  expect(firing(rule, 2_000)).toBe(fired);
  const share = fired.replaceAll(".", "").length / 2_000;
  expect(share).toBeGreaterThan(0.25);
  expect(share).toBeLessThan(0.35);
});

test("a rule meets only the calls that it names", () => {
  for (const match of [
    { endpoint: "batch" },
    { email: "b@x" },
    { messageId: "2" },
    { inBatch: true },
  ] as const)
    expect(firing({ match, effect }, 1)).toBe(".");
  expect(
    firing({ match: { endpoint: "messages.get", email: "a@x", messageId: "1", inBatch: false }, effect }, 1),
  ).toBe("x");
});

test("the first rule that fires decides, and removed rules decide nothing", () => {
  const table = new FaultTable();
  const first = table.add(faultRuleSchema.parse({ effect, when: { times: 1 } }));
  table.add(faultRuleSchema.parse({ effect: { kind: "empty200" } }));
  expect([table.decide(subject)?.kind, table.decide(subject)?.kind]).toEqual(["reset", "empty200"]);
  expect(table.remove(first)).toBe(1);
  expect(table.list().map((one) => one.fired)).toEqual([1]);
  table.remove();
  expect(table.decide(subject)).toBeNull();
});

test("a rule that makes no sense is refused in words", () => {
  expect(faultRuleSchema.safeParse({}).error?.issues[0]?.message).toBe("give either effect or script");
  expect(faultRuleSchema.safeParse({ effect: { kind: "explode" } }).success).toBe(false);
  expect(faultRuleSchema.safeParse({ effect, when: { probability: 2 } }).success).toBe(false);
});
