import { describe, expect, it } from "vitest";
import { decideNotification } from "./decide-notification.ts";
import { pushBodySchema, readNotification } from "./read-notification.ts";

const read = (text: string, encoding: "base64" | "base64url" = "base64") =>
  readNotification(
    pushBodySchema.parse({
      message: {
        data: Buffer.from(text).toString(encoding),
        messageId: "7",
        publishTime: "2026-03-01T12:00:00Z",
      },
      subscription: "projects/p/subscriptions/s",
      deliveryAttempt: 2,
    }),
  );

describe("a notification", () => {
  it.each([
    ['{"emailAddress":"ann@example.com","historyId":9876543210}', "9876543210"],
    ['{"emailAddress":"ann@example.com","historyId":"9876543210"}', "9876543210"],
    ['{"historyId": 18446744073709551615 ,"emailAddress":"ann@example.com"}', "18446744073709551615"],
    [
      '{"emailAddress":"ann@example.com","historyId":"123456789012345678901234567890"}',
      "123456789012345678901234567890",
    ],
  ])("%s keeps every digit", (text, watermark) => {
    for (const encoding of ["base64", "base64url"] as const)
      expect(read(text, encoding)).toEqual({ email: "ann@example.com", watermark, messageId: "7" });
  });

  it.each([
    "",
    "no json",
    "[]",
    '{"emailAddress":"ann@example.com"}',
    '{"historyId":1}',
    '{"emailAddress":"ann@example.com","historyId":-1}',
    '{"emailAddress":"ann@example.com","historyId":1.5}',
    '{"emailAddress":"ann@example.com","historyId":"x"}',
    '{"emailAddress":["ann@example.com"],"historyId":1}',
    `{"emailAddress":"${"a".repeat(400)}@example.com","historyId":1}`,
  ])("that says %s is not understood", (text) => {
    expect(read(`${text} `)).toBeNull();
  });
});

describe("what a notification means for an account", () => {
  it.each([
    ["100", "connected", "101", "sync"],
    ["null, while the first sync runs,", "syncing", "1", "sync"],
    ["100", "connected", "100", "known"],
    ["100", "connected", "99", "known"],
    [null, "connected", "1", "none"],
    ["9007199254740993", "connected", "9007199254740992", "known"],
    ["100", "reauth_required", "101", "refused"],
  ] as const)("complete up to %s, %s, told of %s: %s", (known, state, told, meaning) => {
    const isSyncing = state === "syncing";
    const account = {
      watermark: isSyncing ? null : known,
      status: isSyncing ? "connected" : state,
      isSyncing,
    } as const;
    expect(decideNotification(account, { watermark: told })).toBe(meaning);
  });
});
