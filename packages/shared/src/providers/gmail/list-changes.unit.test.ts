import { expect, test } from "vitest";
import { readHistory } from "./list-changes.ts";

const none = { added: [], removed: [], hiddenAs: null };
const changesOf = (history: unknown) => readHistory({ historyId: "99", history }).changes;
/** @param after the labels of the message once it was changed */
const labelled = (id: string, labelIds: readonly string[], after: readonly string[]) => ({
  message: { id, labelIds: after },
  labelIds,
});
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
      { ...none, id: "a", kind: "appeared", at: "1" },
      { ...none, id: "b", kind: "hidden", at: "2", added: ["TRASH"], hiddenAs: "trash" },
      { ...none, id: "b", kind: "vanished", at: "3" },
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
    { ...none, id: "a", kind: "appeared", at: "4", removed: ["STARRED", "SPAM"] },
  ]);
});

test("labels that come and go are told, and the rest of a mailbox is as it was", () => {
  expect(
    changesOf([
      { id: "1", labelsAdded: [labelled("a", ["UNREAD", "A"], ["INBOX", "UNREAD", "A"])] },
      { id: "2", labelsRemoved: [labelled("a", ["UNREAD"], ["INBOX", "A"])] },
    ]),
  ).toEqual([
    { ...none, id: "a", kind: "relabelled", at: "1", added: ["UNREAD", "A"] },
    { ...none, id: "a", kind: "relabelled", at: "2", removed: ["UNREAD"] },
  ]);
});

test("a message is hidden by the labels it has afterwards, whatever the change was about", () => {
  expect(
    changesOf([
      { id: "1", messagesAdded: [{ message: { id: "a", labelIds: ["SPAM", "UNREAD"] } }] },
      { id: "2", labelsRemoved: [labelled("b", ["UNREAD"], ["TRASH"])] },
      { id: "3", labelsAdded: [labelled("c", ["A"], ["A", "SPAM", "TRASH"])] },
      // Out of spam, but into the trash.
      { id: "4", labelsRemoved: [labelled("d", ["SPAM"], ["TRASH"])] },
    ]),
  ).toEqual([
    { ...none, id: "a", kind: "hidden", at: "1", hiddenAs: "spam" },
    { ...none, id: "b", kind: "hidden", at: "2", removed: ["UNREAD"], hiddenAs: "trash" },
    { ...none, id: "c", kind: "hidden", at: "3", added: ["A"], hiddenAs: "trash" },
    { ...none, id: "d", kind: "hidden", at: "4", removed: ["SPAM"], hiddenAs: "trash" },
  ]);
});

test("a message that comes out of the trash appears, with what it has lost and gained", () => {
  expect(
    changesOf([
      {
        id: "1",
        labelsAdded: [labelled("a", ["INBOX"], ["INBOX"])],
        labelsRemoved: [labelled("a", ["TRASH"], ["INBOX"])],
      },
    ]),
  ).toEqual([
    { ...none, id: "a", kind: "relabelled", at: "1", added: ["INBOX"] },
    { ...none, id: "a", kind: "appeared", at: "1", removed: ["TRASH"] },
  ]);
});

test("of a record with several kinds of change a deletion is the last", () => {
  const changes = changesOf([
    {
      id: "9",
      messagesDeleted: [message("a")],
      labelsRemoved: [labelled("a", ["UNREAD"], [])],
      messagesAdded: [message("a")],
      labelsAdded: [labelled("a", ["A"], ["A"]), labelled("b", ["A"], ["A"])],
    },
  ]);
  expect(changes.map(({ id, kind }) => [id, kind])).toEqual([
    ["a", "appeared"],
    ["a", "relabelled"],
    ["b", "relabelled"],
    ["a", "relabelled"],
    ["a", "vanished"],
  ]);
  expect(new Set(changes.map(({ at }) => at))).toEqual(new Set(["9"]));
});

test("a place in the history may be longer than any number, and may be missing", () => {
  const long = "9".repeat(70);
  expect(changesOf([{ id: long, messagesAdded: [message("a")] }, { messagesAdded: [message("b")] }])).toEqual(
    [
      { ...none, id: "a", kind: "appeared", at: long },
      { ...none, id: "b", kind: "appeared", at: "" },
    ],
  );
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
