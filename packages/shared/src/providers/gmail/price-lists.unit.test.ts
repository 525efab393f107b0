import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ConfigError } from "../../runtime/parse-config.ts";
import { limitsOf, priceLists, readPriceList } from "./price-lists.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-prices-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

it("has Google's two price lists: 300 and 3,000 messages a minute from one mailbox", () => {
  for (const [name, messages] of [
    ["gmail-2026", 300],
    ["gmail-legacy", 3_000],
  ] as const) {
    const { unitsPerMinuteAccount, units } = readPriceList(name);
    expect(unitsPerMinuteAccount / units.getMessage).toBe(messages);
  }
});

it("takes a file with another one", () => {
  const mine = { ...priceLists["gmail-2026"], unitsPerMinuteAccount: 7_000 };
  const list = readPriceList(file("mine.json", JSON.stringify(mine)));
  expect(list).toEqual(mine);
  expect(limitsOf(list, 60_000)).toEqual({
    account: { units: 7_000, windowMs: 60_000, unitsPerDay: null },
    project: { units: 1_200_000, windowMs: 60_000, unitsPerDay: 80_000_000 },
  });
});

it.each([
  ["a name that is none", () => "gmail-2020", /gmail-2026, gmail-legacy, off/],
  ["a file that is no JSON", () => file("broken.json", "{"), /JSON file/],
  [
    "a file that lacks a price",
    () => file("lacking.json", JSON.stringify({ ...priceLists["gmail-2026"], units: {} })),
    /units/,
  ],
  [
    "a limit of nothing",
    () => file("zero.json", JSON.stringify({ ...priceLists["gmail-2026"], unitsPerMinuteAccount: 0 })),
    /unitsPerMinuteAccount/,
  ],
])("says what is wrong with %s", (_, name, words) => {
  expect(() => readPriceList(name())).toThrow(ConfigError);
  expect(() => readPriceList(name())).toThrow(words);
});
