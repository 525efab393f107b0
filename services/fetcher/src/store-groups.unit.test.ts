import { describe, expect, it } from "vitest";
import { storeGroups } from "./store-groups.ts";
import { givenMessage as message } from "./testing/given.ts";

const mebibyte = 1024 * 1024;
const idsOf = (groups: ReturnType<typeof storeGroups>) => groups.map((group) => group.map(({ id }) => id));

describe("grouping messages", () => {
  it("leaves ordinary ones together, and each large one alone, whatever of it is large", () => {
    const groups = storeGroups([
      message("a", { text: "x".repeat(mebibyte + 1) }),
      message("b"),
      message("c", { text: null, html: "x".repeat(mebibyte + 1) }),
      message("d", { raw: new Uint8Array(mebibyte) }),
      message("e"),
    ]);
    expect(idsOf(groups)).toEqual([["b", "e"], ["a"], ["c"], ["d"]]);
  });

  it("makes no group of nothing", () => {
    expect(storeGroups([])).toEqual([]);
    expect(idsOf(storeGroups([message("a", { html: "x".repeat(2 * mebibyte) })]))).toEqual([["a"]]);
  });
});
