import { expect, test } from "vitest";
import { headBytesMax, subjectOf } from "./subject-of.ts";

const of = (text: string) => subjectOf(Buffer.from(text));

test.each([
  ["Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nFrom: a@b.example\r\n\r\nSubject: not this", "Grüße"],
  ["From: a@b.example\nSubject: folded\n over lines\n\nbody", "folded over lines"],
  ["From: a@b.example\r\n\r\nSubject: of the body", null],
  ["Subject: without a body", "without a body"],
  ["\u0000\u0001 no mail at all", null],
  ["", null],
])("of %j it is %j", (text, subject) => {
  expect(of(text)).toBe(subject);
});

test("one that is cut off where the bytes that are read end is none", () => {
  const before = `X-Long: ${"x".repeat(headBytesMax - 30)}\r\n`;
  const whole = `${before}Subject: it goes on for longer than what is read of it\r\n\r\n`;
  expect(subjectOf(Buffer.from(whole).subarray(0, headBytesMax))).toBe(null);
  expect(subjectOf(Buffer.from(whole))).toBe("it goes on for longer than what is read of it");
});
