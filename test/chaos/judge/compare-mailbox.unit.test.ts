import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareMailbox, type StoredMail, type TrueMail } from "./compare-mailbox.ts";

const truth: readonly TrueMail[] = ["a", "b", "c"].map((id) => ({
  id,
  threadId: `t-${id}`,
  labelIds: ["INBOX", "UNREAD"],
  internalDateMs: 1_000,
  sha256: `digest-${id}`,
  sizeBytes: 42,
}));

const storedAs = (mail: TrueMail, content = "raw"): StoredMail => ({
  id: mail.id,
  threadId: mail.threadId,
  labelIds: mail.labelIds,
  receivedAtMs: mail.internalDateMs,
  sizeBytes: mail.sizeBytes,
  content,
  rawSha256: content === "raw" ? mail.sha256 : null,
  contentSha256: content === "raw" ? mail.sha256 : null,
});

const same = { lost: [], duplicated: [], extra: [], labelsWrong: [], digestWrong: [] };
const store = truth.map((mail) => storedAs(mail));
const [first, second, third] = store as [StoredMail, StoredMail, StoredMail];

describe("a copy that equals its mailbox", () => {
  it("differs in nothing, whatever the order of rows and labels", () => {
    const turned = { ...second, labelIds: ["UNREAD", "INBOX"] };
    expect(compareMailbox(truth, [third, turned, first], "raw")).toEqual(same);
  });

  it("needs no bytes where the account keeps none", () => {
    expect(
      compareMailbox(
        truth,
        truth.map((mail) => storedAs(mail, "full")),
        "full",
      ),
    ).toEqual(same);
  });
});

describe("a copy that differs is found out:", () => {
  it.each<[string, StoredMail[], Partial<typeof same>]>([
    ["a message that is missing", [first, third], { lost: ["b"] as never[] }],
    ["a message that is there twice", [...store, second], { duplicated: ["b"] as never[] }],
    ["a message that nobody has", [...store, { ...first, id: "x" }], { extra: ["x"] as never[] }],
    [
      "a label too few",
      [first, { ...second, labelIds: ["INBOX"] }, third],
      { labelsWrong: ["b"] as never[] },
    ],
    [
      "another label",
      [first, { ...second, labelIds: ["INBOX", "X"] }, third],
      { labelsWrong: ["b"] as never[] },
    ],
    [
      "another digest",
      [first, { ...second, rawSha256: "digest-a" }, third],
      { digestWrong: ["b"] as never[] },
    ],
    [
      "bytes that belie their digest",
      [first, { ...second, contentSha256: "x" }, third],
      { digestWrong: ["b"] as never[] },
    ],
    ["no bytes", [first, { ...second, contentSha256: null }, third], { digestWrong: ["b"] as never[] }],
    ["another size", [first, { ...second, sizeBytes: 41 }, third], { digestWrong: ["b"] as never[] }],
    ["another date", [first, { ...second, receivedAtMs: null }, third], { digestWrong: ["b"] as never[] }],
    ["another thread", [first, { ...second, threadId: "t-a" }, third], { digestWrong: ["b"] as never[] }],
    [
      "less content than wished for",
      [first, storedAs(truth[1] as TrueMail, "full"), third],
      { digestWrong: ["b"] as never[] },
    ],
  ])("%s", (_, rows, expected) => {
    expect(compareMailbox(truth, rows, "raw")).toEqual({ ...same, ...expected });
  });

  it("whichever rows are taken away, exactly those are lost", () => {
    fc.assert(
      fc.property(fc.subarray([...store]), (kept) => {
        const { lost } = compareMailbox(truth, kept, "raw");
        expect(lost).toEqual(store.filter((row) => !kept.includes(row)).map(({ id }) => id));
      }),
    );
  });
});
