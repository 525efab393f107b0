import { expect, test } from "vitest";
import { readHistory } from "./list-changes.ts";

const message = (id: string) => ({ message: { id, threadId: "t" } });

test("arrivals, deletions and changes of labels are told apart, in order", () => {
  const page = readHistory({
    historyId: "18446744073709551615",
    nextPageToken: "more",
    history: [
      { id: "1", messages: [{ id: "a" }], messagesAdded: [message("a")] },
      { id: "2", labelsAdded: [{ ...message("b"), labelIds: ["TRASH"] }] },
      { id: "3", messagesDeleted: [message("b")] },
      { id: "4", messages: [{ id: "c" }] },
    ],
  });
  expect(page).toEqual({
    changes: [
      { id: "a", kind: "appeared" },
      { id: "b", kind: "relabelled" },
      { id: "b", kind: "vanished" },
    ],
    nextPageToken: "more",
    watermark: "18446744073709551615",
  });
});

test("a message that comes out of spam or trash appears in listings", () => {
  const page = readHistory({
    historyId: "5",
    history: [{ id: "4", labelsRemoved: [{ ...message("a"), labelIds: ["STARRED", "SPAM"] }] }],
  });
  expect(page.changes).toEqual([
    { id: "a", kind: "relabelled" },
    { id: "a", kind: "appeared" },
  ]);
});

test("a history without changes has no list of them", () => {
  expect(readHistory({ historyId: "5" })).toEqual({ changes: [], nextPageToken: null, watermark: "5" });
});

test("what is cut short, or names no message, is no history", () => {
  for (const data of [
    "",
    null,
    {},
    { history: [] },
    { historyId: "5", history: [{ messagesAdded: [{}] }] },
  ]) {
    expect(() => readHistory(data)).toThrow();
  }
});
