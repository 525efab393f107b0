import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { netChangeSchema } from "../events/message-change.ts";
import type { MessageChange } from "../providers/mail-provider.ts";
import { coalesceChanges } from "./coalesce-changes.ts";

const change = (
  kind: MessageChange["kind"],
  at: number,
  more: Partial<MessageChange> = {},
): MessageChange => ({
  id: "a",
  kind,
  at: String(at),
  added: [],
  removed: [],
  hiddenAs: null,
  ...more,
});
const trashed = (at: number) =>
  change("hidden", at, { added: ["TRASH"], removed: ["INBOX"], hiddenAs: "trash" });
const untrashed = (at: number) => change("appeared", at, { removed: ["TRASH"] });
const netOf = (...changes: MessageChange[]) => coalesceChanges(changes).get("a");

describe("the changes of a message, taken together", () => {
  it("are the last place, and the labels that it has at last", () => {
    expect(
      netOf(
        change("relabelled", 1, { added: ["A", "B"] }),
        change("relabelled", 2, { removed: ["A", "C"] }),
        change("relabelled", 3, { added: ["C"], removed: ["D"] }),
      ),
    ).toEqual({ kind: "relabelled", at: "3", added: ["B", "C"], removed: ["A", "D"], hiddenAs: null });
  });

  it("are a deletion when it came and was deleted again: nothing has to be fetched", () => {
    expect(
      netOf(change("appeared", 1), change("relabelled", 2, { added: ["A"] }), change("vanished", 3)),
    ).toMatchObject({ kind: "vanished", at: "3" });
  });

  it("are an arrival when it came and was relabelled", () => {
    expect(netOf(change("appeared", 1), change("relabelled", 2, { removed: ["UNREAD"] }))).toMatchObject({
      kind: "appeared",
      at: "2",
      removed: ["UNREAD"],
    });
  });

  it("say where it is at last: in the trash, or out of it again", () => {
    expect(netOf(change("appeared", 1), trashed(2))).toMatchObject({ kind: "hidden", hiddenAs: "trash" });
    expect(netOf(trashed(1), untrashed(2))).toMatchObject({
      kind: "appeared",
      hiddenAs: null,
      added: [],
      removed: ["INBOX", "TRASH"],
    });
    expect(netOf(trashed(1), untrashed(2), trashed(3))).toMatchObject({ kind: "hidden", added: ["TRASH"] });
    expect(netOf(trashed(1), change("vanished", 2))).toMatchObject({ kind: "vanished", hiddenAs: null });
  });

  it("leave it hidden when it is relabelled where it is", () => {
    expect(netOf(trashed(1), change("relabelled", 2, { added: ["A"] }))).toEqual({
      kind: "hidden",
      at: "2",
      added: ["TRASH", "A"],
      removed: ["INBOX"],
      hiddenAs: "trash",
    });
  });
});

describe("the changes of several messages", () => {
  it("are one a message, in the order in which they were first changed", () => {
    const changes = [
      change("appeared", 1, { id: "b" }),
      change("appeared", 2),
      change("vanished", 3, { id: "b" }),
    ];
    expect([...coalesceChanges(changes)].map(([id, { kind }]) => [id, kind])).toEqual([
      ["b", "vanished"],
      ["a", "appeared"],
    ]);
  });

  it("go on from those that were read before, and leave them as they were", () => {
    const before = coalesceChanges([change("appeared", 1), change("appeared", 2, { id: "b" })]);
    const after = coalesceChanges([change("vanished", 3)], before);
    expect([...after].map(([id, { kind }]) => [id, kind])).toEqual([
      ["a", "vanished"],
      ["b", "appeared"],
    ]);
    expect(before.get("a")?.kind).toBe("appeared");
  });
});

describe("any changes", () => {
  const labels = fc.subarray(["A", "B", "C", "INBOX", "TRASH"]);
  /** As a mailbox tells them: what one change adds, it does not take away. */
  const someChange = fc
    .record({
      id: fc.constantFrom("a", "b", "c"),
      kind: fc.constantFrom<MessageChange["kind"]>("appeared", "vanished", "hidden", "relabelled"),
      added: labels,
      removed: labels,
    })
    .map(({ removed, ...one }) => ({
      ...one,
      removed: removed.filter((label) => !one.added.includes(label)),
      hiddenAs: one.kind === "hidden" ? ("trash" as const) : null,
    }));
  const history = fc
    .array(someChange, { maxLength: 40 })
    .map((changes) => changes.map((one, i): MessageChange => ({ ...one, at: String(i + 1) })));
  const apply = (current: readonly string[], { added, removed }: Pick<MessageChange, "added" | "removed">) =>
    [...new Set([...current.filter((label) => !removed.includes(label)), ...added])].sort();

  it("leave each message with the labels that they would leave it with one by one", () => {
    fc.assert(
      fc.property(history, labels, (changes, before) => {
        for (const [id, net] of coalesceChanges(changes)) {
          const own = changes.filter((one) => one.id === id);
          expect(apply(before, net)).toEqual(own.reduce<readonly string[]>(apply, before).toSorted());
          expect(net.added.filter((label) => net.removed.includes(label))).toEqual([]);
          expect(net.at).toBe(own.at(-1)?.at);
          const places = own.filter(({ kind }) => kind !== "relabelled");
          expect(net.kind).toBe(places.at(-1)?.kind ?? "relabelled");
          expect(netChangeSchema.safeParse(net).error).toBeUndefined();
        }
      }),
    );
  });

  it("come to the same however they are cut into answers", () => {
    fc.assert(
      fc.property(history, fc.nat(40), (changes, cut) => {
        const first = coalesceChanges(changes.slice(0, cut));
        expect([...coalesceChanges(changes.slice(cut), first)]).toEqual([...coalesceChanges(changes)]);
      }),
    );
  });
});
