import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { prepareBrokerUsers } from "./broker-users.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-users-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ["whose tenant is a wildcard", "shop", ["*"]],
  ["whose tenant is every tenant", "shop", [">"]],
  ["whose tenant is more than one token", "shop", ["acme.acc_1"]],
  ["whose tenant ends the string that it stands in", "shop", ['a"']],
  ["one of whose tenants is none", "shop", ["acme", ""]],
  ["without a tenant", "shop", []],
  ["that is named like a service", "chunker", ["acme"]],
  ["that is named like the operator", "operator", ["acme"]],
  ["whose seed would stand somewhere else", "../shop", ["acme"]],
  ["whose inbox would be everybody's", "*", ["acme"]],
  ["whose inbox would be in another's", "shop.crm", ["acme"]],
])("there is no other service %s", (_, name, tenants) => {
  for (const [asks, follows] of [
    [tenants, []],
    [[], tenants],
  ] as const)
    expect(() => prepareBrokerUsers(folder, { outsiders: () => [{ name, asks, follows }] })).toThrow(
      /^Other service/,
    );
  expect(existsSync(join(folder, "accounts.conf"))).toBe(false);
});

it("a service that is removed and comes back gets another seed", () => {
  const shop = { name: "shop", asks: ["acme"], follows: [] };
  const seedOf = () => readFileSync(prepareBrokerUsers(folder).seedFile("shop"), "utf8");
  prepareBrokerUsers(folder, { outsiders: () => [shop] });
  const before = seedOf();
  expect(seedOf()).toBe(before);
  prepareBrokerUsers(folder, { outsiders: () => [] });
  prepareBrokerUsers(folder, { outsiders: () => [shop] });
  expect(seedOf()).not.toBe(before);
});
