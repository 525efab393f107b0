import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAllowedReturn, parseReturnUrl, withOutcome } from "./return-url.ts";

const isAllowed = (text: string, allowed: readonly string[]): boolean => {
  const url = parseReturnUrl(text);
  return url !== null && isAllowedReturn(url, allowed);
};

describe("an address that a browser may be sent to", () => {
  test.each([
    "https://app.example.com/",
    "https://app.example.com",
    "https://app.example.com:8443/a/b?c=d&next=https%3A%2F%2Fother.example",
    "http://localhost:3000/done",
    "http://127.0.0.1/done",
    "http://[::1]:3000/done",
  ])("%s", (text) => expect(parseReturnUrl(text)).not.toBeNull());

  test.each([
    ["plain http", "http://app.example.com/"],
    ["http to what only begins like this machine", "http://127.0.0.1.evil.example/"],
    ["http to what only ends like this machine", "http://evil-localhost/"],
    ["another scheme", "javascript:alert(1)//https://app.example.com"],
    ["data", "data:text/html,x"],
    ["a user", "https://app.example.com@evil.example/"],
    ["a user and a password", "https://app.example.com:x@evil.example/"],
    ["a fragment", "https://app.example.com/#x"],
    ["an empty fragment", "https://app.example.com/#"],
    ["a backslash in the host", "https://evil.example\\@app.example.com/"],
    ["a backslash in the path", "https://app.example.com/a\\..\\b"],
    ["a backslash in the query", "https://app.example.com/?a=\\"],
    ["white space before it", " https://app.example.com/"],
    ["a line break inside", "https://app.exa\nmple.com/"],
    ["a tab inside", "https://app.example.com/a\tb"],
    ["a NUL", "https://app.example.com/\0"],
    ["an escaped slash", "https://app.example.com/a%2F..%2Fb"],
    ["an escaped backslash", "https://app.example.com/a%5cb"],
    ["escaped dots", "https://app.example.com/a/%2e%2e/b"],
    ["no scheme", "//app.example.com/"],
    ["a path alone", "/done"],
    ["nothing", ""],
    ["more than fits", `https://app.example.com/${"a".repeat(2_000)}`],
  ])("%s is none", (_, text) => expect(parseReturnUrl(text)).toBeNull());
});

describe("a tenant's list", () => {
  const list = [
    "https://app.example.com/connect",
    "https://other.example.com:8443",
    "http://localhost:3000/",
  ];

  test.each([
    "https://app.example.com/connect",
    "https://APP.example.com:443/connect?user=7",
    "https://app.example.com/connect/done",
    "https://app.example.com/x/../connect/done",
    "https://other.example.com:8443/anything",
    "http://localhost:3000/anything",
  ])("allows %s", (text) => expect(isAllowed(text, list)).toBe(true));

  test.each([
    ["a path that only begins alike", "https://app.example.com/connected"],
    ["a path that leaves", "https://app.example.com/connect/../admin"],
    ["another path", "https://app.example.com/"],
    ["another host", "https://evil.example/connect"],
    ["a longer host", "https://app.example.com.evil.example/connect"],
    ["a subdomain", "https://x.app.example.com/connect"],
    ["the host with a dot", "https://app.example.com./connect"],
    ["another port", "https://app.example.com:8443/connect"],
    ["another scheme", "http://app.example.com/connect"],
    ["another name of this machine", "http://127.0.0.1:3000/"],
  ])("does not allow %s", (_, text) => expect(isAllowed(text, list)).toBe(false));

  test("that is empty, or has no address that may be sent to, allows nothing", () => {
    const url = "https://app.example.com/";
    for (const none of [[], ["https:"], ["*"], ["http://app.example.com"], ["https://app.example.com/?a=b"]])
      expect(isAllowed(url, none)).toBe(false);
  });

  const pieces = [
    ...[
      "https:",
      "http:",
      "javascript:",
      "/",
      "//",
      "\\",
      "@",
      "app.example.com",
      "evil.example",
      "/connect",
      "x",
    ],
    ...[
      "..",
      ".",
      "%2e",
      "%2f",
      "%5c",
      "%00",
      "#",
      "?",
      ":",
      ":443",
      " ",
      "\t",
      "\n",
      "[",
      "]",
      "。",
      "／",
      "＠",
      "ｅ",
    ],
  ];

  test("allows no origin but its own, whatever is put around it", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), (noise) => {
        const allowed = ["https://app.example.com/connect"];
        for (const text of [
          noise.join(""),
          `${allowed[0]}${noise.join("")}`,
          `${noise.join("")}${allowed[0]}`,
        ]) {
          const parsed = parseReturnUrl(text);
          if (parsed === null || !isAllowedReturn(parsed, allowed)) continue;
          expect(parsed.origin).toBe("https://app.example.com");
          expect(parsed.pathname).toMatch(/^\/connect(\/|$)/);
        }
      }),
    );
  });
});

test("what came of it is added to the query, takes the place of what pretended it, and leaves the rest", () => {
  const url =
    "https://app.example.com/done?user=7&status=connected&accountId=acc_x&accountId=acc_y&receipt=x&error=";
  expect(withOutcome(url, { status: "failed", error: "access_denied" })).toBe(
    "https://app.example.com/done?user=7&status=failed&error=access_denied",
  );
  expect(
    withOutcome("https://app.example.com", { status: "connected", accountId: "acc_1", receipt: "r" }),
  ).toBe("https://app.example.com/?status=connected&accountId=acc_1&receipt=r");
});
