import { describe, expect, it } from "vitest";
import type { Verified } from "../finish/verify-accounts.ts";
import type { StoreJudgement } from "./judge-store.ts";
import { judgeVerifications } from "./judge-verifications.ts";

const account = { accountId: "acc_1", email: "m01@chaos.test" } as Verified["account"];
const before = (lost: string[], extra: string[], labelsWrong: string[]): StoreJudgement[] => [
  { account, messages: 10, difference: { lost, extra, labelsWrong, duplicated: [], digestWrong: [] } },
];
const verified = (found: Verified["found"]): Verified[] => [{ account, found, answer: "?", repair: null }];

describe("a verification", () => {
  it("is right when it finds what there is", () => {
    const found = { missing: 1, extra: 2, changed: 3 };
    expect(judgeVerifications(verified(found), before(["a"], ["b", "c"], ["d", "e", "f"]))).toEqual([]);
  });

  it.each([
    ["misses a message that is lost", { missing: 0, extra: 0, changed: 0 }, before(["a"], [], [])],
    ["misses one that is too much", { missing: 0, extra: 0, changed: 0 }, before([], ["a"], [])],
    ["misses a label", { missing: 0, extra: 0, changed: 0 }, before([], [], ["a"])],
    ["sees what is not there", { missing: 0, extra: 1, changed: 0 }, before([], [], [])],
    ["does not complete", null, before([], [], [])],
  ])("is wrong when it %s", (_, found, store) => {
    expect(judgeVerifications(verified(found), store)).toHaveLength(1);
  });
});
