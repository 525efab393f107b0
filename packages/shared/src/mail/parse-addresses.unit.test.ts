import { describe, expect, it } from "vitest";
import { DefectList } from "./defect-list.ts";
import { mailLimits } from "./mail-limits.ts";
import { parseAddresses } from "./parse-addresses.ts";

const parse = (...values: string[]) =>
  parseAddresses(values, "To", new DefectList()).map(({ name, address }) => `${name}|${address}`);

describe("address headers", () => {
  it.each([
    ["a@example.com", ["|a@example.com"]],
    ["Ann B. <a@example.com>", ["Ann B.|a@example.com"]],
    ['"B, Ann" <a@example.com>, c@example.org', ["B, Ann|a@example.com", "|c@example.org"]],
    ["=?utf-8?B?QsO2YiwgQ28=?= <b@example.com>", ["Böb, Co|b@example.com"]],
    ["b@example.com (Bob)", ["Bob|b@example.com"]],
    ["Team: a@example.com, B <b@example.com>;", ["|a@example.com", "B|b@example.com"]],
    ["undisclosed-recipients:;", []],
    ["", []],
    ["<>", []],
    ["no address at all", ["no address at all|"]],
    ["<a@example.com", ["|a@example.com"]],
  ])("%s", (value, expected) => {
    expect(parse(value)).toEqual(expected);
  });

  it("several headers of one name add up", () => {
    expect(parse("a@example.com", "b@example.com")).toEqual(["|a@example.com", "|b@example.com"]);
  });

  it("100,000 addresses are bounded, noted and read in linear time", () => {
    const defects = new DefectList();
    const value = Array.from({ length: 100_000 }, (_, i) => `Person ${i} <p${i}@example.com>`).join(", ");
    const startedAt = performance.now();
    const addresses = parseAddresses([value], "To", defects);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(addresses).toHaveLength(mailLimits.addressesMax);
    expect(addresses[4_999]).toEqual({ name: "Person 4999", address: "p4999@example.com" });
    expect(defects.toArray()).toHaveLength(2);
  }, 30_000);
});
