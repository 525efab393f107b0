import type { ListedChanges, MessageChange } from "@millrace/shared/providers/mail-provider";
import { expect, it } from "vitest";
import { readChanges } from "./read-changes.ts";
import { faultOf, type ScriptedMailbox, scriptedProvider } from "./testing/scripted-provider.ts";

const appeared = (id: string, at = "1"): MessageChange => ({
  id,
  kind: "appeared",
  at,
  added: [],
  removed: [],
  hiddenAs: null,
});
const answer = (
  changes: readonly MessageChange[],
  nextPageToken: string | null,
  watermark = "9",
): ListedChanges => ({ changes, nextPageToken, watermark });

async function read(changes: ScriptedMailbox["changes"], pageToken: string | null = null) {
  const provider = scriptedProvider({ changes });
  const session = provider.connect({ tenantId: "acme", accountId: "acc_1", email: "", refreshToken: "" });
  let answers = 0;
  const context = { signal: new AbortController().signal, progressed: () => void answers++ };
  const result = await readChanges(session, "7", pageToken, context);
  return { result, asked: provider.asked, answers };
}

it("reads answer by answer, all from the same start, and takes the changes of a message together", async () => {
  const { result, asked, answers } = await read({
    "": answer([appeared("a", "1"), appeared("b", "2")], "p1", "20"),
    p1: answer([{ ...appeared("a", "3"), kind: "vanished" }], "p2", "30"),
    p2: answer([], null, "40"),
  });
  expect(asked).toEqual([{ since: "7" }, { since: "7", pageToken: "p1" }, { since: "7", pageToken: "p2" }]);
  expect(result).toMatchObject({ ok: true, value: { nextPageToken: null } });
  expect(result.ok && [...result.value.changes].map(([id, { kind, at }]) => [id, kind, at])).toEqual([
    ["a", "vanished", "3"],
    ["b", "appeared", "2"],
  ]);
  expect(answers).toBe(3);
});

it("is complete up to the watermark of the first answer: what came later may have been missed by it", async () => {
  const { result } = await read({ "": answer([], "p1", "20"), p1: answer([appeared("a")], null, "30") });
  expect(result).toMatchObject({ value: { watermark: "20" } });
});

it("goes on where the page before ended", async () => {
  const { asked } = await read({ p5: answer([], null) }, "p5");
  expect(asked).toEqual([{ since: "7", pageToken: "p5" }]);
});

it("ends a page with the answer that makes it full, and says where the next one goes on", async () => {
  const many = (from: number) => Array.from({ length: 500 }, (_, i) => appeared(`m${from + i}`));
  const { result, asked } = await read({
    "": answer(many(0), "p1"),
    p1: answer(many(499), "p2"), // one of them is known already
    p2: answer(many(999), "p3"),
  });
  expect(asked).toHaveLength(3);
  expect(result).toMatchObject({ value: { nextPageToken: "p3" } });
  expect(result.ok && result.value.changes.size).toBe(1_499);
});

it("ends a page after twenty answers, however few messages they are about", async () => {
  const pages = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [i === 0 ? "" : `p${i}`, answer([appeared("a")], `p${i + 1}`)]),
  );
  const { result, asked } = await read(pages);
  expect(asked).toHaveLength(20);
  expect(result).toMatchObject({ value: { nextPageToken: "p20" } });
});

it("ends a page before an answer that fails, and is a fault when it is the first", async () => {
  const { result } = await read({ "": answer([appeared("a")], "p1", "20"), p1: faultOf("transient") });
  expect(result).toMatchObject({ ok: true, value: { nextPageToken: "p1", watermark: "20" } });
  expect(result.ok && [...result.value.changes.keys()]).toEqual(["a"]);
  const failed = await read({ p1: faultOf("watermark_expired") }, "p1");
  expect(failed.result).toMatchObject({ ok: false, fault: { category: "watermark_expired" } });
});
